import type { Admin } from 'kafkajs';
import { RetryableError } from '../../errors.ts';
import type { Client } from './client.ts';
import type { KafkaOptions } from './options.ts';
import { Part } from './part.ts';
import { troubleOf } from './trouble.ts';

/** How long a topic that was given up is not asked for again. */
const GIVEN_UP_MS = 30_000;
const CREATION_TIMEOUT_MS = 10_000;

/** What is known of topics: which can be written to, and since when others cannot. */
export class Topics {
  private readonly ready = new Set<string>();
  private readonly missingSinceMs = new Map<string, number>();
  private readonly givenUp = new Map<string, { readonly untilMs: number; readonly reason: string }>();
  private readonly config: KafkaOptions['kafka_topic_config'];

  constructor(config: KafkaOptions['kafka_topic_config']) {
    this.config = config;
  }

  /** Finds out whether a topic is there, before anything is sent to it; creates it if the config says how. */
  async prepare(topic: string, client: Client): Promise<void> {
    if (this.ready.has(topic)) return;
    // Without messages, sending is only the question for the topic: brokers that create topics by themselves do so.
    const ask = (): Promise<unknown> => client.produce(topic, new Part([], undefined));
    try {
      await ask();
    } catch (error) {
      if (this.config === undefined || troubleOf(error, undefined).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      await this.create(topic, this.config, client);
      await ask();
    }
    this.ready.add(topic);
  }

  /** Finds out whether `prepare` would succeed, and makes nothing. */
  async probe(topic: string, client: Client): Promise<void> {
    try {
      await client.asAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    } catch (error) {
      if (this.config === undefined || troubleOf(error, undefined).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      await this.create(topic, this.config, client, { validateOnly: true });
    }
  }

  /** It has taken something. */
  worked(topic: string): void {
    this.missingSinceMs.delete(topic);
    this.givenUp.delete(topic);
  }

  /** Whether it was there the last time. */
  isReady(topic: string): boolean {
    return this.ready.has(topic);
  }

  /** All of them will be asked for again. */
  forget(): void {
    this.ready.clear();
  }

  /** It takes nothing now: it will be asked for again. Tells how long that has been so, in ms. */
  missing(topic: string): number {
    this.ready.delete(topic);
    const now = performance.now();
    const since = this.missingSinceMs.get(topic) ?? now;
    this.missingSinceMs.set(topic, since);
    return now - since;
  }

  giveUp(topic: string, reason: string): void {
    this.givenUp.set(topic, { untilMs: performance.now() + GIVEN_UP_MS, reason });
  }

  /** Why entries for this topic are rejected without asking; undefined: ask. */
  whyGivenUp(topic: string): string | undefined {
    const found = this.givenUp.get(topic);
    return found !== undefined && performance.now() < found.untilMs ? found.reason : undefined;
  }

  private async create(
    topic: string,
    config: NonNullable<KafkaOptions['kafka_topic_config']>,
    client: Client,
    how: { readonly validateOnly?: true } = {},
  ): Promise<void> {
    const { num_partitions: numPartitions, replication_factor: replicationFactor } = config;
    const create = (admin: Admin): Promise<boolean> =>
      admin.createTopics({
        topics: [{ topic, numPartitions, replicationFactor }],
        timeout: CREATION_TIMEOUT_MS,
        waitForLeaders: how.validateOnly !== true,
        ...how,
      });
    try {
      await client.asAdmin(create);
    } catch (error) {
      const { reason } = troubleOf(error, client.sockets.trouble);
      throw new RetryableError(`cannot create the topic "${topic}": ${reason}`, { cause: error });
    }
  }
}

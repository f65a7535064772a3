import { RetryableError } from '../../errors.ts';
import type { JournalbridgeError } from '../../errors.ts';
import type { Batch, Sender, SenderContext } from '../sender.ts';
import { parseTemplate } from '../template.ts';
import { loadCompress } from './codecs.ts';
import type { KafkaOptions } from './options.ts';
import { explain } from './explain.ts';
import { Messages } from './messages.ts';
import { Outcome } from './outcome.ts';
import { teachParts } from './produce-request.ts';
import { Session } from './session.ts';
import type { Task } from './session.ts';
import { troubleOf } from './trouble.ts';

/** Makes a sender that produces messages to one cluster. */
export async function createKafkaSender(options: KafkaOptions, { log }: SenderContext): Promise<Sender> {
  teachParts();
  const compress = await loadCompress(options.compression);
  return new KafkaSender(options, new Session({ options, compress, log }));
}

/** While topics are given time to appear. */
const HELD_RETRY_MS = 1000;

/** One message for each entry, and what to do when Kafka does not take it. */
class KafkaSender implements Sender {
  private readonly options: KafkaOptions;
  private readonly session: Session;
  private readonly messages: Messages;
  /** The one topic, if it is not a template. */
  private readonly onlyTopic: string | undefined;

  constructor(options: KafkaOptions, session: Session) {
    this.options = options;
    this.session = session;
    this.messages = new Messages(options);
    const topic = parseTemplate(options.kafka_topic);
    this.onlyTopic =
      topic.fields.length === 0 && topic.prefix === topic.render([], 0, String) ? topic.prefix : undefined;
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.connected(this.session.connect(this.onlyTopic, signal), signal);
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.connected(this.session.probe(this.onlyTopic, signal), signal);
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    const outcome = new Outcome(batch.ends.length);
    const missing: string[] = [];
    this.session.nextTurn();
    for (const [topic, messages] of this.messages.byTopic(batch)) {
      missing.push(...(await this.sendTopic({ topic, messages, outcome, signal })));
    }
    outcome.throwRejected();
    const [first] = missing;
    if (first === undefined) return;
    throw new RetryableError(first, { remaining: outcome.remaining, retryAfterMs: HELD_RETRY_MS });
  }

  async close(): Promise<void> {
    await this.session.end();
  }

  private async connected(connecting: Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await connecting;
    } catch (error) {
      if (signal.aborted) throw error;
      throw await this.explained(error, { topic: this.onlyTopic });
    }
  }

  /** Throws what concerns all topics; returns what concerns this one while the others may go on. */
  private async sendTopic(task: Task): Promise<string[]> {
    const { topic, outcome, signal } = task;
    const { topics } = this.session;
    const why = topics.whyGivenUp(topic);
    if (why !== undefined) return rejectAll(task, why);
    const wasReady = topics.isReady(topic);
    try {
      await this.session.produce(task);
      topics.worked(topic);
      return [];
    } catch (error) {
      if (signal.aborted) throw error;
      if (this.onlyTopic === undefined && !wasReady && isOfTopic(error)) return this.withhold(task, error);
      const explained = await this.explained(error, { topic, wasReady, remaining: outcome.remaining });
      outcome.throwRejected();
      throw explained;
    }
  }

  /** A topic that is missing or refused holds up the others for a while only; then its entries are rejected. */
  private withhold(task: Task, error: unknown): string[] {
    const { topics } = this.session;
    const { options } = this;
    const { topic } = task;
    const { message } = explain(error, { options, topic, seen: undefined });
    if (topics.missing(topic) < options.missing_topic_timeout * 1000) return [message];
    topics.giveUp(topic, message);
    return rejectAll(task, message);
  }

  private async explained(
    error: unknown,
    { wasReady = false, ...about }: { topic: string | undefined; wasReady?: boolean; remaining?: number[] },
  ): Promise<JournalbridgeError> {
    const seen = this.session.socketTrouble;
    const { kind } = troubleOf(error, seen);
    // A topic that is gone spoils what kafkajs knows of all the others, and may be taken for one of them.
    const isSpoilt = kind === 'topic' && wasReady;
    if (kind === 'session' || isSpoilt) await this.session.end();
    const explained = explain(error, { ...about, options: this.options, seen });
    if (!isSpoilt || this.onlyTopic !== undefined) return explained;
    return new RetryableError(explained.message, { ...about, cause: error, retryAfterMs: HELD_RETRY_MS });
  }
}

/** The brokers refuse to write to the topic, or to create it. */
function isOfTopic(error: unknown): boolean {
  const { kind, type } = troubleOf(error, undefined);
  return kind === 'topic' || (error instanceof RetryableError && type !== undefined);
}

function rejectAll({ messages, outcome }: Task, reason: string): [] {
  for (const { index } of messages) outcome.reject(index, reason);
  return [];
}

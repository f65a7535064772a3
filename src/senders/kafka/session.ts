import type { SenderContext } from '../sender.ts';
import { abortable } from './abortable.ts';
import { Client } from './client.ts';
import type { Compress } from './codecs.ts';
import type { KafkaOptions } from './options.ts';
import { Doubts } from './doubts.ts';
import type { EntryMessage } from './messages.ts';
import type { Outcome } from './outcome.ts';
import { Part } from './part.ts';
import { Partitions } from './partitions.ts';
import type { SocketTrouble } from './sockets.ts';
import { Topics } from './topics.ts';
import { troubleOf } from './trouble.ts';

export interface SessionOptions {
  readonly options: KafkaOptions;
  /** Undefined: they are not compressed. */
  readonly compress: Compress | undefined;
  readonly log: SenderContext['log'];
}

/** Messages of one topic, and where to write down what has become of them. */
export interface Task {
  readonly topic: string;
  readonly messages: readonly EntryMessage[];
  readonly outcome: Outcome;
  readonly signal: AbortSignal;
}

/** What a record batch takes besides its records. */
const BATCH_OVERHEAD = 128;

/**
 * An idempotent producer. Messages go out in parts of one partition each, because kafkajs loses count of its sequence
 * numbers when one of several partitions fails; and each part is as large as the brokers take it.
 */
export class Session {
  readonly topics: Topics;
  private readonly setup: SessionOptions;
  private readonly partitions: Partitions;
  private readonly doubts = new Doubts();
  private client: Client | undefined;

  constructor(setup: SessionOptions) {
    this.setup = setup;
    this.topics = new Topics(setup.options.kafka_topic_config);
    this.partitions = new Partitions(setup.options.partitioner);
  }

  /** What the connections have met last. */
  get socketTrouble(): SocketTrouble | undefined {
    return this.client?.sockets.trouble;
  }

  /** Connects, and looks for the topic if there is only one. */
  async connect(topic: string | undefined, signal: AbortSignal): Promise<void> {
    const client = await this.begin(signal);
    if (topic !== undefined) await abortable(this.topics.prepare(topic, client), signal);
  }

  /** Finds out whether `connect` would succeed, and makes no topic. */
  async probe(topic: string | undefined, signal: AbortSignal): Promise<void> {
    const client = await this.begin(signal);
    if (topic !== undefined) await abortable(this.topics.probe(topic, client), signal);
  }

  /** A new batch of the delivery: without a key, its entries go to the next partition. */
  nextTurn(): void {
    this.partitions.nextTurn();
  }

  /** Sends all of them; throws kafkajs's error for the first part that it cannot send now. */
  async produce(task: Task): Promise<void> {
    const { topic, messages, signal } = task;
    if (this.client === undefined) await this.connect(undefined, signal);
    await abortable(this.topics.prepare(topic, this.client!), signal);
    for (const [partition, group] of this.byPartition(topic, messages)) {
      for (const part of await this.partsOf({ ...task, messages: group }, partition)) {
        await this.producePart({ ...task, messages: part });
      }
    }
  }

  /** Ends it; the next use begins a new one, which shares no numbering with this one. */
  async end(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.doubts.clear();
    this.topics.forget();
    this.partitions.forget();
    await client?.dispose();
  }

  private async begin(signal: AbortSignal): Promise<Client> {
    const { options, log } = this.setup;
    const client = (this.client ??= await Client.create({ options, partitions: this.partitions, log }));
    client.sockets.trouble = undefined;
    await abortable(client.connect(), signal);
    return client;
  }

  private byPartition(topic: string, messages: readonly EntryMessage[]): Map<number, EntryMessage[]> {
    const groups = new Map<number, EntryMessage[]>();
    for (const message of messages) {
      const partition = this.doubts.partitionOf(message) ?? this.partitions.choose(topic, message.key);
      message.partition = partition;
      const group = groups.get(partition);
      if (group === undefined) groups.set(partition, [message]);
      else group.push(message);
    }
    return groups;
  }

  /** As few parts as the limit allows, in order; what is in doubt is the first of them, as it was. */
  private async partsOf(task: Task, partition: number): Promise<EntryMessage[][]> {
    const { topic, messages, signal } = task;
    const repeated = this.doubts.repeated(topic, partition, messages);
    if (repeated === 0 && this.doubts.has(topic, partition)) await this.renew(signal);
    const parts = repeated === 0 ? [] : [messages.slice(0, repeated)];
    let room = 0;
    for (const message of messages.slice(repeated)) {
      if (message.bytes > room) {
        parts.push([]);
        room = this.setup.options.max_batch_bytes - BATCH_OVERHEAD;
      }
      parts.at(-1)!.push(message);
      room -= message.bytes;
    }
    return parts;
  }

  /** Sends messages of one partition; what is refused as a whole is sent in halves until the bad one is alone. */
  private async producePart(task: Task): Promise<void> {
    const { messages, outcome } = task;
    try {
      await this.submit(task);
      for (const { index } of messages) outcome.stored(index);
    } catch (error) {
      const { kind, reason } = troubleOf(error, this.socketTrouble);
      const [first] = messages;
      if (kind === 'time' && first!.timestampMs !== undefined) await this.produceAsOfNow(task, reason);
      else if (kind !== 'refused' && kind !== 'time') throw error;
      else if (messages.length === 1) outcome.reject(first!.index, reason);
      else {
        const middle = messages.length >> 1;
        await this.producePart({ ...task, messages: messages.slice(0, middle) });
        await this.producePart({ ...task, messages: messages.slice(middle) });
      }
    }
  }

  private async produceAsOfNow(task: Task, reason: string): Promise<void> {
    this.setup.log.warn(`${reason} for the topic "${task.topic}"; it is sent with the time of sending.`, 'time');
    for (const message of task.messages) message.timestampMs = undefined;
    await this.producePart(task);
  }

  private async submit({ topic, messages, signal }: Task): Promise<void> {
    const { doubts } = this;
    try {
      const sent = this.client!.produce(topic, new Part(messages, this.setup.compress));
      const answers = await abortable(sent, signal);
      // kafkajs leaves out, without a word, what belongs to a partition that is no more.
      if (answers.length === 0) throw new Error(`the topic "${topic}" has fewer partitions than before`);
      doubts.remove(topic, messages[0]!.partition!);
    } catch (error) {
      const { kind } = troubleOf(error, undefined);
      const { partition } = messages[0]!;
      if (kind !== 'refused' && kind !== 'time') doubts.add(topic, messages);
      else if (partition !== undefined) doubts.remove(topic, partition);
      throw error;
    }
  }

  private async renew(signal: AbortSignal): Promise<void> {
    await this.end();
    await this.connect(undefined, signal);
  }
}

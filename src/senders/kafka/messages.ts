import { readHead } from '../heads.ts';
import type { Batch } from '../sender.ts';
import { parseTemplate } from '../template.ts';
import type { Template } from '../template.ts';
import { HOST_FIELD, headFields } from './head-fields.ts';

/** An entry as a message. */
export interface EntryMessage {
  readonly key: string | null;
  /** Its value is `source[start, end)`. */
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
  /** These two are its headers. */
  readonly cursor: string;
  readonly host: string | undefined;
  /** Undefined: the time of sending. */
  timestampMs: number | undefined;
  /** Undefined until it is decided. */
  partition: number | undefined;
  /** Its place in the batch. */
  readonly index: number;
  /** The most it takes in a record batch. */
  readonly bytes: number;
}

/** Lengths, deltas, attributes and header names of a record, at their largest. */
const RECORD_OVERHEAD = 64;
const MAX_TOPIC_LENGTH = 249;
/**
 * Brokers go by the messages' times when they delete (`retention.ms`, a week if not set) and when they forget a producer,
 * so that they no longer know what comes twice (`producer.id.expiration.ms`, a day; looked at when they start).
 */
const MAX_AGE_MS = 12 * 3600 * 1000;

/** Makes messages of the payloads of a batch. */
export class Messages {
  private readonly topic: Template;
  private readonly key: Template | undefined;
  /** Where each value of a head goes. */
  private readonly topicSlots: readonly number[];
  private readonly keySlots: readonly number[];
  private readonly hostSlot: number;

  constructor(options: { readonly kafka_topic: string; readonly kafka_msg_key?: string | undefined }) {
    const fields = headFields(options);
    const slotsOf = (template: Template | undefined): number[] =>
      (template?.fields ?? []).map((field) => fields.indexOf(field));
    this.topic = parseTemplate(options.kafka_topic);
    this.key = options.kafka_msg_key === undefined ? undefined : parseTemplate(options.kafka_msg_key);
    this.topicSlots = slotsOf(this.topic);
    this.keySlots = slotsOf(this.key);
    this.hostSlot = fields.indexOf(HOST_FIELD);
  }

  /** The messages of a batch by topic, in order. Their values stay in the batch. */
  byTopic(batch: Batch): Map<string, EntryMessage[]> {
    const topics = new Map<string, EntryMessage[]>();
    const oldestMs = Date.now() - MAX_AGE_MS;
    for (let i = 0; i < batch.ends.length; i++) {
      const { cursor, realtimeUs, values, start, end } = readHead(batch, i);
      const host = values[this.hostSlot] ?? undefined;
      const timestampMs = Math.floor(realtimeUs / 1000);
      const key = this.key?.render(pick(values, this.keySlots), realtimeUs, asIs);
      const message: EntryMessage = {
        key: key === undefined || key === '' ? null : key,
        source: batch.bytes,
        start,
        end: end - 1, // without its newline
        cursor,
        host,
        timestampMs: timestampMs < oldestMs ? undefined : timestampMs,
        partition: undefined,
        index: i,
        bytes: RECORD_OVERHEAD + end - start + sizeOf(cursor) + sizeOf(key) + sizeOf(host),
      };
      const topic = topicName(this.topic.render(pick(values, this.topicSlots), realtimeUs, topicPart));
      const messages = topics.get(topic);
      if (messages === undefined) topics.set(topic, [message]);
      else messages.push(message);
    }
    return topics;
  }
}

function pick(values: readonly (string | null)[], slots: readonly number[]): (string | null)[] {
  return slots.map((slot) => values[slot]!);
}

function sizeOf(text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(text);
}

function asIs(value: string): string {
  return value;
}

function topicPart(value: string): string {
  return value.replace(/[^A-Za-z0-9._-]/g, '_');
}

/** What a template can make that is no topic. */
function topicName(name: string): string {
  return name === '' || name === '.' || name === '..'
    ? name.replaceAll('.', '_') || '_'
    : name.slice(0, MAX_TOPIC_LENGTH);
}

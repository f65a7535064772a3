import { after, before, test, type TestContext } from 'node:test';
import { createKafkaSender } from '../../src/senders/kafka/kafka-sender.ts';
import type { KafkaOptions } from '../../src/senders/kafka/options.ts';
import type { Batch, Sender } from '../../src/senders/sender.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { KafkaServer } from '../support/kafka-server.ts';
import { need } from '../support/need.ts';
import { lackOf } from '../support/requirements.ts';

const defaults = {
  ssl: false,
  sasl_mechanism: 'PLAIN',
  compression: 'none',
  partitioner: 'default',
  max_batch_bytes: 1_000_000,
  missing_topic_timeout: 10,
} as const;

/** One broker for all tests of a file: handed out before them, where there can be one, and ended behind them. */
export function shareKafka(handOut: (server: KafkaServer) => void): void {
  let server: KafkaServer | undefined;
  before(async () => {
    if (lackOf('kafka') === undefined) handOut((server = await KafkaServer.start()));
  });
  after(() => server?.[Symbol.asyncDispose]());
}

/** A test that takes a broker. */
export function kafkaTest(title: string, body: (t: TestContext) => Promise<void>): void {
  test(title, { timeout: 600_000 }, async (t) => {
    if (need(t, 'kafka')) await body(t);
  });
}

/** A sender by itself, and what it logs. Use it with `await using`. */
export class KafkaBed implements AsyncDisposable {
  readonly sender: Sender;
  readonly log: string[];

  private constructor(sender: Sender, log: string[]) {
    this.sender = sender;
    this.log = log;
  }

  static async make(
    options: Partial<KafkaOptions> & Pick<KafkaOptions, 'kafka_address' | 'kafka_topic'>,
  ): Promise<KafkaBed> {
    const log: string[] = [];
    const context = { name: 'r.s', log: createLog({ write: (line) => log.push(line) }) };
    return new KafkaBed(await createKafkaSender({ ...defaults, ...options }, context), log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender.close();
  }
}

/** A payload to be: its number, the values of the fields that the sender asked for, and more bytes of text if wanted. */
export interface Payload {
  readonly n: number;
  readonly values?: readonly (string | null)[];
  readonly padding?: number;
  /** By how much the entry is older than the others. */
  readonly ageMs?: number;
}

/** Time of entry 0, in ms. */
export const startMs = Date.now() - 60_000;

/** A batch as the queue makes it for a sender with heads. */
export function batchOf(payloads: readonly Payload[]): Batch {
  const parts = payloads.map(({ n, values = ['box'], padding = 0, ageMs = 0 }) =>
    Buffer.from(
      `${JSON.stringify([cursorOf(n), (startMs + n - ageMs) * 1000 + 7, ...values])}\n${valueOf(n, padding)}\n`,
    ),
  );
  let end = 0;
  const ends = Uint32Array.from(parts, (part) => (end += part.length));
  const bytes = Buffer.concat([...parts, Buffer.from('what is left of an older batch')]);
  return { bytes, ends, last: { cursor: cursorOf(payloads.at(-1)?.n ?? 0), realtimeUs: 0 } };
}

/** Payloads from number `from`. */
export function payloadsOf(count: number, from = 0, more: Omit<Payload, 'n'> = {}): Payload[] {
  return Array.from({ length: count }, (_, i) => ({ n: from + i, ...more }));
}

export function cursorOf(n: number): string {
  return `s=0a;i=${n.toString(16)}`;
}

export function valueOf(n: number, padding = 0): string {
  return `{"SEQ":${n}${padding > 0 ? `,"MESSAGE":"${'x'.repeat(padding)}"` : ''}}`;
}

/** The numbers of stored messages. */
export function numbersOf(messages: readonly { readonly value: string }[]): number[] {
  return messages.map(({ value }) => (JSON.parse(value) as { SEQ: number }).SEQ);
}

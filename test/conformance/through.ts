import { parseConfig } from '../../src/config/load.ts';
import { Decoder } from '../../src/journal/decode.ts';
import { Dealer, type Subscriber } from '../../src/pipeline/dealer.ts';
import { Queue, type Payloads } from '../../src/pipeline/queue.ts';
import { createRules } from '../../src/pipeline/rules.ts';
import type { Tags } from '../../src/telemetry/statsd-name.ts';
import { encodeExport, type EntrySpec } from '../support/export-stream.ts';

/** Fields of an entry; a name may be there several times. */
export type Fields = readonly (readonly [string, string | Buffer])[];

/** What came out of a config: the lines of each sender as JSON, and the hits of searches. */
export interface Outcome {
  readonly senders: Readonly<Record<string, readonly unknown[]>>;
  readonly lines: Readonly<Record<string, readonly string[]>>;
  readonly hits: readonly { readonly name: string; readonly tags: Tags }[];
}

/** 2026-11-20T23:10:05.123456 UTC. */
export const TIME_US = 1_795_216_205_123_456;

/** Takes entries through the rules and encoders of a config's only reader, as a feed does. */
export async function through(config: object, entries: readonly Fields[], realtimeUs = TIME_US): Promise<Outcome> {
  const { config: loaded } = await parseConfig('test.json', JSON.stringify(config));
  const reader = Object.values(loaded.readers)[0]!;
  const hits: { name: string; tags: Tags }[] = [];
  const rules = await createRules({
    config: loaded,
    reader,
    bootId: undefined,
    hit: (search, tags) => hits.push({ name: search, tags }),
    slow: () => undefined,
  });
  const lines: Record<string, string[]> = {};
  const subscribers = Object.entries(reader.senders).map(([sender, options]): Subscriber => ({
    queue: new Queue({ maxEntries: 1e6, maxBytes: 1e9, batchMaxEntries: 1e6, batchMaxBytes: 1e9 }),
    encoding: rules.encodingOf(options),
    level: rules.levelOf(options),
    push: (payloads) => (lines[sender] = [...(lines[sender] ?? []), ...textOf(payloads)]),
    tooLarge: () => undefined,
    dropped: () => undefined,
  }));
  const decoder = new Decoder();
  decoder.push(Buffer.concat(entries.map((fields, n) => encodeEntry(fields, realtimeUs, n))));
  new Dealer(subscribers, rules.sieve).deal(decoder.decode(), 0, true);
  const senders = Object.fromEntries(
    Object.entries(lines).map(([sender, texts]) => [sender, texts.map((text) => JSON.parse(text) as unknown)]),
  );
  return { senders, lines, hits };
}

function encodeEntry(fields: Fields, realtimeUs: number, n: number): Buffer {
  const spec: EntrySpec = {
    realtimeUs,
    monotonicUs: 1_000_000 + n,
    bootId: 'a'.repeat(32),
    fields: fields.map(([name, value]) => [name, Buffer.from(value)]),
  };
  return Buffer.concat([Buffer.from(`__CURSOR=s=1;i=${(n + 1).toString(16)};b=1;m=1;t=1;x=1\n`), encodeExport(spec)]);
}

function textOf({ bytes, ends, count }: Payloads): string[] {
  const texts = Array.from(ends.subarray(0, count), (end, i) => bytes.toString('utf8', i === 0 ? 0 : ends[i - 1], end));
  return texts.filter((text) => text !== '').map((text) => text.trimEnd());
}

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import type { Field } from '../../test/support/export-stream.ts';
import { entries, extraFields, fieldFilters, fieldsOf, writeEntry } from '../../test/support/reference/arbitraries.ts';
import { referenceLine } from '../../test/support/reference/line.ts';
import { openEnvelope } from '../../test/support/open-envelope.ts';
import { Decoder } from '../journal/decode.ts';
import type { Position } from '../senders/sender.ts';
import type { EncoderOptions } from '../transform/encoder-options.ts';
import { createEncryption } from '../transform/seal.ts';
import { Dealer, type Level, type Subscriber } from './dealer.ts';
import { Queue, type QueueLimits } from './queue.ts';
import { Sieve, type Test } from './sieve.ts';

const nowMs = 1_800_000_000_123;
mock.timers.enable({ apis: ['Date'], now: nowMs });

/** A delivery that sends nothing: what it gets stays in its queue. */
class FakeSubscriber implements Subscriber {
  readonly queue: Queue;
  readonly encoding: EncoderOptions;
  readonly level: Level | undefined;
  stubs = 0;
  levelDrops = 0;

  constructor(encoding: Partial<EncoderOptions> = {}, level?: Level, limits: Partial<QueueLimits> = {}) {
    this.encoding = { format: 'journalpump', extraFields: {}, maxEntryBytes: 1 << 20, ...encoding };
    this.level = level;
    this.queue = new Queue({ maxEntries: 1000, maxBytes: 1e9, batchMaxEntries: 1000, batchMaxBytes: 1e6, ...limits });
  }

  push(...[payloads]: Parameters<Subscriber['push']>): void {
    this.queue.push(payloads, 0);
  }

  tooLarge(count: number): void {
    this.stubs += count;
  }

  dropped(count: number): void {
    this.levelDrops += count;
  }

  /** All that is in the queue: the lines, and the last position. */
  takeAll(): { lines: string[]; last: Position | undefined } {
    const lines: string[] = [];
    let last: Position | undefined;
    for (let batch = this.queue.take(Infinity); batch !== undefined; batch = this.queue.take(Infinity)) {
      const { bytes, ends } = batch;
      lines.push(...Array.from(ends, (end, i) => bytes.toString('utf8', i === 0 ? 0 : ends[i - 1], end)));
      last = batch.last;
      this.queue.release(batch);
    }
    return { lines, last };
  }
}

/** Whether the entry's cursor says so: a test that needs nothing but the entry. */
const byCursor =
  (divisor: number): Test =>
  (block, i) =>
    block.cursor(i).length % divisor !== 0;
const passes = ([, value]: Field, divisor: number) => value.length % divisor !== 0;

/** Returns how many were too large. */
function deal(dealer: Dealer, stream: Buffer, isCounted = true): number {
  const decoder = new Decoder();
  decoder.push(stream);
  let tooLarge = 0;
  for (let block = decoder.decode(3); block.count > 0; block = decoder.decode(3)) {
    tooLarge += dealer.deal(block, 0, isCounted);
  }
  return tooLarge;
}

const encodings = fc.record({
  format: fc.constantFrom('journalpump' as const, 'journald' as const),
  extraFields,
  fieldFilter: fieldFilters,
  maxEntryBytes: fc.constantFrom(1 << 20, 300),
});
const levels = fc.constantFrom(undefined, 2, 3);

test('gives every subscriber its own lines of the entries that are selected for it, and the last position of all', () => {
  fc.assert(
    fc.property(
      fc.array(entries, { minLength: 1, maxLength: 8 }),
      fc.array(fc.tuple(encodings, levels, fc.nat(2)), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      (written, wanted, divisor) => {
        // The first one's encoding again and again, so that there are groups.
        const chosen = wanted.map(([encoding, level, like]) => ({
          encoding: wanted[like % wanted.length]?.[0] ?? encoding,
          level,
        }));
        const subscribers = chosen.map(
          ({ encoding, level }) =>
            new FakeSubscriber(
              encoding,
              level === undefined ? undefined : { key: String(level), passes: byCursor(level) },
            ),
        );
        const sieve = new Sieve({ match: byCursor(divisor) });
        const dealer = new Dealer(subscribers, sieve);

        const tooLarge = deal(dealer, Buffer.concat(written.map(writeEntry)));

        const all = written.map(fieldsOf);
        const matched = all.filter(([cursor]) => passes(cursor!, divisor));
        assert.equal(sieve.dropped.match, all.length - matched.length);
        for (const [n, subscriber] of subscribers.entries()) {
          const { encoding, level } = chosen[n]!;
          const mine = matched.filter(([cursor]) => level === undefined || passes(cursor!, level));
          const expected = mine.map((fields) => referenceLine(fields, { ...encoding, nowUs: nowMs * 1000 }).toString());
          const { lines, last } = subscriber.takeAll();
          assert.deepEqual(lines, expected);
          assert.equal(last?.cursor, all.at(-1)![0]![1].toString());
          assert.equal(subscriber.levelDrops, matched.length - mine.length);
          assert.equal(subscriber.stubs, lines.filter((line) => line.startsWith('{"error":')).length);
        }
        const most = Math.max(...subscribers.map(({ stubs }) => stubs));
        const sum = subscribers.reduce((total, { stubs }) => total + stubs, 0);
        assert.ok(tooLarge >= most && tooLarge <= sum);
      },
    ),
    { numRuns: 400 },
  );
});

const entry = (cursor: string, message = 'x') =>
  writeEntry([
    { name: '__CURSOR', value: Buffer.from(cursor), isBinary: false },
    { name: '__REALTIME_TIMESTAMP', value: Buffer.from('1767225600000001'), isBinary: false },
    { name: 'MESSAGE', value: Buffer.from(message), isBinary: false },
  ]);

test('entries that nobody wants move every checkpoint', () => {
  const subscribers = [new FakeSubscriber(), new FakeSubscriber({ format: 'journald' })];
  const dealer = new Dealer(subscribers, new Sieve({ match: () => false }));

  deal(dealer, Buffer.concat([entry('a'), entry('b'), entry('c')]));

  for (const subscriber of subscribers) {
    assert.deepEqual(subscriber.takeAll(), { lines: [], last: { cursor: 'c', realtimeUs: 1_767_225_600_000_001 } });
  }
});

test('leaves out what comes before the given entry', () => {
  const subscriber = new FakeSubscriber({ format: 'journald' });
  const dealer = new Dealer([subscriber], new Sieve({}));
  const decoder = new Decoder();
  decoder.push(Buffer.concat([entry('a'), entry('b'), entry('c')]));

  dealer.deal(decoder.decode(), 1, true);

  const { lines, last } = subscriber.takeAll();
  assert.equal(last!.cursor, 'c');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { __CURSOR: string }).__CURSOR),
    ['b', 'c'],
  );
});

test('makes the same bytes once for those who want the same', () => {
  let looks = 0;
  const level = { key: 'k', passes: () => ++looks > 0 };
  const [one, same, other] = ['prod', 'prod', 'test'].map((env) => new FakeSubscriber({ extraFields: { env } }, level));

  deal(new Dealer([one!, other!, same!], new Sieve({})), entry('a'));

  const [ones, sames, others] = [one, same, other].map((subscriber) => subscriber!.takeAll().lines);
  assert.deepEqual(ones, sames);
  assert.ok(ones![0]!.includes('"prod"') && others![0]!.includes('"test"'));
  assert.equal(looks, 2, 'once for the two that want the same, once for the other');
});

test('has as much room as the fullest queue', () => {
  const [small, large] = [new FakeSubscriber({}, undefined, { maxEntries: 3 }), new FakeSubscriber()];
  const dealer = new Dealer([large, small], new Sieve({}));

  assert.equal(new Dealer([small, large], new Sieve({})).room, 3);
  assert.equal(dealer.room, 3);
  deal(dealer, Buffer.concat([entry('a'), entry('b')]));
  assert.equal(dealer.room, 1);
  deal(dealer, entry('c'));
  assert.equal(dealer.room, 0);
  small.takeAll();
  assert.equal(dealer.room, 3);
  assert.equal(new Dealer([], new Sieve({})).room, Infinity);
});

test('tells the bytes of the longest payloads', () => {
  const [short, long] = [
    new FakeSubscriber({ format: 'journald', maxEntryBytes: 1 << 20 }),
    new FakeSubscriber({ extraFields: { x: 'y'.repeat(500) } }),
  ];
  const dealer = new Dealer([long, short], new Sieve({}));

  deal(dealer, entry('a'));

  assert.equal(dealer.bytes, long.takeAll().lines[0]!.length);
});

test('holds a block larger than any before', () => {
  const subscriber = new FakeSubscriber({}, undefined, { maxEntries: 10_000, batchMaxEntries: 10_000 });
  const decoder = new Decoder();
  decoder.push(Buffer.concat(Array.from({ length: 5000 }, (_, n) => entry(`c${n}`, `m${n}`))));

  new Dealer([subscriber], new Sieve({})).deal(decoder.decode(), 0, true);

  const { lines, last } = subscriber.takeAll();
  assert.deepEqual([lines.length, last!.cursor], [5000, 'c4999']);
  assert.ok(lines[4999]!.includes('"m4999"'));
});

test('an encrypted line is behind its head, and shared by those with one key and one name for it only', () => {
  const key = (byte: string) => byte.repeat(64);
  const encryptions = [undefined, ['a', 'k1'], ['a', 'k1'], ['b', 'k1'], ['a', 'k2']].map(
    (one) => one && createEncryption({ key: key(one[0]!), key_id: one[1]! }),
  );
  const subscribers = encryptions.map((encryption) => new FakeSubscriber({ head: ['MESSAGE'], encryption }));

  deal(new Dealer(subscribers, new Sieve({})), Buffer.concat([entry('a', 'secret'), entry('b', 'secret')]));

  const [plain, one, same, ...others] = subscribers.map((subscriber) => subscriber.takeAll().lines);
  const partsOf = (lines: string[] | undefined) => lines!.map((line) => line.split('\n'));
  assert.deepEqual(same, one);
  assert.equal(new Set([plain, one, ...others].map((lines) => lines!.join(''))).size, 4);
  for (const [n, [head, line, rest]] of partsOf(one).entries()) {
    const [plainHead, plainLine] = partsOf(plain)[n]!;
    assert.deepEqual([head, rest], [plainHead, '']);
    assert.equal(openEnvelope(line!, Buffer.from(key('a'), 'hex')).toString(), plainLine);
  }
});

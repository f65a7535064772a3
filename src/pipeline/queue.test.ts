import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Position } from '../senders/sender.ts';
import { Queue, type HeldBatch, type Payloads, type QueueLimits } from './queue.ts';

/** An entry as the model knows it: its payload, '' when it was dropped. */
interface ModelEntry {
  readonly payload: string;
  readonly position: Position;
  readonly pushedMs: number;
}

interface Held {
  readonly batch: HeldBatch;
  readonly entries: readonly ModelEntry[];
}

type Step =
  | { do: 'push'; lengths: readonly number[] }
  | { do: 'take'; ageMs: number }
  | { do: 'release'; which: number }
  | { do: 'clear' };

const lengths = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 100 })), {
  minLength: 1,
  maxLength: 15,
});
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), lengths }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const), ageMs: fc.integer({ min: -1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
);
const limits: fc.Arbitrary<QueueLimits> = fc.record({
  maxEntries: fc.integer({ min: 1, max: 30 }),
  maxBytes: fc.integer({ min: 1, max: 400 }),
  batchMaxEntries: fc.integer({ min: 1, max: 12 }),
  batchMaxBytes: fc.integer({ min: 1, max: 150 }),
});

/** A queue beside the plain list that it must be like. */
class Twin {
  readonly queue: Queue;
  private readonly limits: QueueLimits;
  private waiting: ModelEntry[] = [];
  private held: Held[] = [];
  private pushed = 0;
  private nowMs = 0;
  private largestBlock = 0;
  private lastTaken = -1;

  constructor(limits: QueueLimits) {
    this.limits = limits;
    this.queue = new Queue(limits);
  }

  run(step: Step): void {
    this.nowMs++;
    if (step.do === 'push') this.push(step.lengths.slice(0, this.queue.room));
    else if (step.do === 'take') this.take(this.nowMs - step.ageMs);
    else if (step.do === 'release') this.release(step.which);
    else this.clear();
    this.check();
  }

  /** All that is left, as one text; the queue is empty then. */
  takeAll(): void {
    while (this.held.length > 0) this.release(0);
    while (!this.queue.isEmpty) {
      this.take(Infinity);
      this.release(0);
      this.check();
    }
    assert.deepEqual([this.waiting.length, this.queue.entries, this.queue.bytes, this.queue.pending], [0, 0, 0, 0]);
  }

  private push(wanted: readonly number[]): void {
    if (wanted.length === 0) return;
    const entries = wanted.map((length): ModelEntry => {
      const n = this.pushed++;
      const payload = `${n}`.padEnd(length, String.fromCharCode(97 + (n % 26))).slice(0, length);
      return { payload, position: { cursor: `c${n}`, realtimeUs: n }, pushedMs: this.nowMs };
    });
    const payloads = payloadsOf(entries);
    this.largestBlock = Math.max(this.largestBlock, payloads.bytes.length);
    this.queue.push(payloads, this.nowMs);
    // What the feed handed over is its own again at once.
    payloads.bytes.fill('!');
    payloads.ends.fill(0);
    this.waiting.push(...entries);
  }

  private take(dueMs: number): void {
    const wasFull = this.queue.isFull;
    const batch = this.queue.take(dueMs);
    const oldest = this.waiting.find(({ payload }) => payload !== '');
    if (batch === undefined) {
      if (this.waiting.length > 0) assert.ok(oldest !== undefined && oldest.pushedMs > dueMs && !wasFull);
      return;
    }
    const entries = this.waiting.splice(0, batch.span);
    this.held.push({ batch, entries });
    const { batchMaxBytes, batchMaxEntries } = this.limits;
    const { length } = batch.ends;
    const bytes = batch.ends.at(-1) ?? 0;

    assert.equal(batch.span, entries.length);
    assert.deepEqual(batch.last, entries.at(-1)!.position);
    assert.ok(batch.last.realtimeUs > this.lastTaken);
    this.lastTaken = batch.last.realtimeUs;
    assert.ok(length <= batchMaxEntries);
    assert.ok(bytes <= batchMaxBytes || length === 1);
    const isHurried = length > 0 && entries.find(({ payload }) => payload !== '')!.pushedMs > dueMs;
    const isLimited = this.waiting.length > 0 || wasFull || length === batchMaxEntries || bytes >= batchMaxBytes;
    assert.ok(!isHurried || isLimited, 'a batch that could have waited for company');
  }

  private release(which: number): void {
    const [held] = this.held.splice(which % Math.max(1, this.held.length), 1);
    if (held !== undefined) this.queue.release(held.batch);
  }

  private clear(): void {
    this.queue.clear();
    this.waiting = [];
    assert.ok(this.queue.isEmpty);
  }

  private check(): void {
    for (const { batch, entries } of this.held) assert.deepEqual(textsOf(batch), shown(entries));
    const all = [...this.held.flatMap(({ entries }) => entries), ...this.waiting];
    const { queue } = this;
    const { maxBytes, maxEntries } = this.limits;
    assert.equal(queue.pending, all.length);
    assert.equal(queue.entries, shown(all).length);
    assert.equal(queue.bytes, shown(all).join('').length);
    assert.equal(queue.isEmpty, this.waiting.length === 0);
    assert.equal(queue.isFull, queue.entries >= maxEntries || queue.bytes >= maxBytes);
    assert.equal(queue.room, queue.isFull ? 0 : maxEntries - queue.entries);
    assert.ok(queue.entries <= maxEntries);
    assert.ok(queue.bytes < maxBytes + this.largestBlock || queue.bytes === 0);
  }
}

function shown(entries: readonly ModelEntry[]): string[] {
  return entries.map(({ payload }) => payload).filter((payload) => payload !== '');
}

function textsOf({ bytes, ends }: HeldBatch): string[] {
  return Array.from(ends, (end, i) => bytes.toString('latin1', i === 0 ? 0 : ends[i - 1], end));
}

function payloadsOf(entries: readonly Pick<ModelEntry, 'payload' | 'position'>[]): Payloads {
  const bytes = Buffer.from(entries.map(({ payload }) => payload).join(''));
  let end = 0;
  // A feed's table of ends is longer than the Block.
  const ends = Uint32Array.from([...entries.map(({ payload }) => (end += payload.length)), 7, 7]);
  return { bytes, ends, count: entries.length, positionOf: (i) => entries[i]!.position };
}

/** Payloads with positions c0, c1 …; '' for dropped entries. */
function payloads(...texts: string[]): Payloads {
  return payloadsOf(texts.map((payload, n) => ({ payload, position: { cursor: `c${n}`, realtimeUs: n } })));
}

function queueOf(limits: Partial<QueueLimits> = {}): Queue {
  return new Queue({ maxEntries: 100, maxBytes: 1000, batchMaxEntries: 100, batchMaxBytes: 500, ...limits });
}

test('is like a plain list: order, no loss, nothing twice, limits, positions', () => {
  fc.assert(
    fc.property(limits, fc.array(steps, { maxLength: 60, size: 'max' }), (chosen, list) => {
      const twin = new Twin(chosen);
      for (const step of list) twin.run(step);
      twin.takeAll();
    }),
    { numRuns: 1500 },
  );
});

test('holds a batch back until it is old enough', () => {
  const queue = queueOf();
  queue.push(payloads('a'), 10);
  queue.push(payloads('b'), 15);

  assert.equal(queue.take(9), undefined);
  assert.equal(queue.waitingSinceMs, 10);
  assert.deepEqual(textsOf(queue.take(10)!), ['a', 'b']);
  assert.equal(queue.waitingSinceMs, undefined);
});

for (const [what, limits] of [
  ['it has as many entries as a batch may have', { batchMaxEntries: 3 }],
  ['it has as many bytes as a batch may have', { batchMaxBytes: 6 }],
  ['the queue is full of entries', { maxEntries: 3 }],
  ['the queue is full of bytes', { maxBytes: 6 }],
] as const) {
  test(`does not hold a batch back when ${what}`, () => {
    const queue = queueOf(limits);
    queue.push(payloads('aa', 'bb', 'cc'), 10);

    assert.deepEqual(textsOf(queue.take(0)!), ['aa', 'bb', 'cc']);
  });
}

test('entries without payload move the position at once, together', () => {
  const queue = queueOf();
  queue.push(payloads('', '', ''), 10);
  queue.push(payloads('', ''), 11);

  const batch = queue.take(-Infinity)!;

  assert.deepEqual([batch.ends.length, batch.last.cursor, batch.span], [0, 'c1', 5]);
  assert.ok(queue.isEmpty);
});

test('the age of a batch counts from its first payload', () => {
  const queue = queueOf();
  queue.push(payloads(''), 10);
  queue.push(payloads('', 'a'), 20);

  assert.equal(queue.take(19), undefined);
  assert.deepEqual(textsOf(queue.take(20)!), ['a']);
});

test('a payload larger than a batch goes alone, those before and after it in their order', () => {
  const queue = queueOf({ batchMaxBytes: 5 });
  queue.push(payloads('a', 'b', 'x'.repeat(20), 'c', ''), 0);

  const batches = [queue.take(Infinity), queue.take(Infinity), queue.take(Infinity)].map((batch) =>
    textsOf(batch!).join(),
  );

  assert.deepEqual(batches, ['a,b', 'x'.repeat(20), 'c']);
  assert.equal(queue.take(Infinity), undefined);
});

test('fills a batch up to its last byte', () => {
  const queue = queueOf({ batchMaxBytes: 6 });
  for (const text of ['aaa', 'bbb', 'c']) queue.push(payloads(text), 0);

  assert.deepEqual(textsOf(queue.take(Infinity)!), ['aaa', 'bbb']);
});

test('a batch keeps what it holds while it grows from a small buffer into a large one', () => {
  const queue = queueOf({ maxBytes: 1e6, batchMaxBytes: 200_000 });
  const texts = Array.from({ length: 15 }, (_, n) => String.fromCharCode(97 + n).repeat(10_000));
  for (const text of texts) queue.push(payloads(text), 0);

  assert.deepEqual(textsOf(queue.take(Infinity)!), texts);
});

test('uses few buffers again and again', () => {
  const queue = queueOf({ batchMaxBytes: 200_000, maxBytes: 1_000_000 });
  const seen = new Set<Buffer>();

  for (let n = 0; n < 100; n++) {
    queue.push(payloads(...Array.from({ length: 30 }, () => 'x'.repeat(n % 2 === 0 ? 5000 : 50))), n);
    const batch = queue.take(n)!;
    seen.add(batch.bytes);
    queue.release(batch);
  }

  assert.ok(seen.size <= 4, `${seen.size} buffers`);
});

test('its limits may change while it is used', () => {
  let share = 200_000;
  const queue = new Queue({
    maxEntries: 1000,
    batchMaxEntries: 1000,
    get maxBytes() {
      return share * 2;
    },
    get batchMaxBytes() {
      return share;
    },
  });
  const text = 'x'.repeat(10_000);
  const push = (count: number): void => {
    for (let n = 0; n < count; n++) queue.push(payloads(text), 0);
  };

  push(15);
  assert.ok(!queue.isFull);
  share = 50_000;
  assert.ok(queue.isFull);
  push(4);
  const sizes: number[] = [];
  for (let batch = queue.take(Infinity); batch !== undefined; batch = queue.take(Infinity)) {
    sizes.push(batch.ends.length);
    queue.release(batch);
  }

  assert.deepEqual(sizes, [15, 4]);
  assert.equal(queue.bytes, 0);
});

test('is hungry while nothing is being sent or ready to be', () => {
  const queue = queueOf({ batchMaxBytes: 6, maxBytes: 20 });
  assert.ok(queue.isHungry);

  for (const text of ['aaa', 'bbb', 'c']) queue.push(payloads(text), 0);
  assert.ok(!queue.isHungry); // a batch is ready
  const first = queue.take(Infinity)!;
  const second = queue.take(Infinity)!;
  assert.ok(!queue.isHungry);
  queue.release(first);
  assert.ok(!queue.isHungry);
  queue.release(second);

  assert.ok(queue.isHungry);
});

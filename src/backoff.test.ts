import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { Backoff, pause } from './backoff.ts';

test('waits at random below a bound that doubles up to the maximum, until it is reset', () => {
  const longest = () => 1 - Number.EPSILON;
  const backoff = new Backoff({ baseMs: 250, maxMs: 30_000, random: longest });
  const expected = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];

  assert.deepEqual(
    expected.map(() => backoff.nextMs()),
    expected,
  );
  assert.equal(backoff.attempts, expected.length);
  backoff.reset();
  assert.deepEqual([backoff.attempts, backoff.nextMs()], [0, 250]);
});

test('never waits longer than the maximum, however often it is asked', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 5000 }),
      (chance, attempts) => {
        const backoff = new Backoff({ baseMs: 200, maxMs: 30_000, random: () => chance });

        for (let n = 0; n < attempts; n++) {
          const ms = backoff.nextMs();
          assert.ok(Number.isInteger(ms) && ms >= 0 && ms <= Math.min(30_000, 200 * 2 ** n));
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('spreads out by itself', () => {
  const backoff = new Backoff({ baseMs: 1_000_000, maxMs: 1_000_000 });

  const waits = new Set(Array.from({ length: 50 }, () => backoff.nextMs()));

  assert.ok(waits.size > 40);
});

test('a pause ends after its time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isOver = false;
  const pausing = pause(1000, new AbortController().signal).then(() => (isOver = true));

  t.mock.timers.tick(999);
  await Promise.resolve();
  assert.equal(isOver, false);
  t.mock.timers.tick(1);
  await pausing;
});

test('a pause ends when the signal aborts, and at once when it has', async () => {
  const stopping = new AbortController();
  const pausing = pause(1e6, stopping.signal);

  stopping.abort();

  await pausing;
  await pause(1e6, stopping.signal);
});

test('a pause leaves no listener behind', async () => {
  const { signal } = new AbortController();
  const remove = mock.method(signal, 'removeEventListener');
  const add = mock.method(signal, 'addEventListener');

  await pause(0, signal);

  assert.deepEqual([add.mock.callCount(), remove.mock.callCount()], [1, 1]);
  assert.equal(add.mock.calls[0]!.arguments[1], remove.mock.calls[0]!.arguments[1]);
});

test('a pause beyond what timers can do is a long one, not none', async () => {
  const stopping = new AbortController();
  let isOver = false;
  const pausing = pause(1e12, stopping.signal).then(() => (isOver = true));

  await new Promise((resolve) => setTimeout(resolve, 20));

  assert.equal(isOver, false);
  stopping.abort();
  await pausing;
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, pause } from './backoff.ts';

test('the bound doubles with each attempt up to the maximum', () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => 1 });

  const bounds = Array.from({ length: 7 }, () => backoff.nextMs());

  assert.deepEqual(bounds, [100, 200, 400, 800, 1000, 1000, 1000]);
  assert.equal(backoff.attempts, 7);
});

test('the wait is anything between nothing and the bound', () => {
  const draws = [0, 0.5, 0.999];
  const backoff = new Backoff({ baseMs: 1000, maxMs: 1000, random: () => draws.shift()! });

  assert.deepEqual([backoff.nextMs(), backoff.nextMs(), backoff.nextMs()], [0, 500, 999]);
});

test('a success begins anew', () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => 1 });
  for (let n = 0; n < 5; n++) backoff.nextMs();

  backoff.reset();

  assert.deepEqual([backoff.attempts, backoff.nextMs()], [0, 100]);
});

test('thousands of attempts overflow nothing', () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 30_000, random: () => 1 });
  for (let n = 0; n < 5000; n++) backoff.nextMs();

  assert.equal(backoff.nextMs(), 30_000);
});

test('a pause ends when its time is over', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { signal } = new AbortController();
  const first = Promise.race([pause(5000, signal).then(() => 'first'), pause(5001, signal).then(() => 'second')]);

  t.mock.timers.tick(5001);

  assert.equal(await first, 'first');
});

test('a pause ends at once when it is aborted, before or during it', async () => {
  const stopping = new AbortController();
  const during = pause(1 << 30, stopping.signal);

  stopping.abort();

  await during;
  await pause(1 << 30, stopping.signal);
});

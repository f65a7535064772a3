import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Standing } from './standing.ts';

const agoUs = (seconds: number) => Math.round((Date.now() - seconds * 1000) * 1000);
const position = (secondsAgo: number) => ({ cursor: 'c', realtimeUs: agoUs(secondsAgo) });
const quiet = { behindEntries: 0, lastReadMs: performance.now() - 10_000, isBlocked: false, isReadOut: false };
const near = (actual: number | null, wanted: number) => {
  assert.ok(actual !== null && Math.abs(actual - wanted) < 1, `${actual} is not near ${wanted}`);
};

test('a sender that has caught up on a quiet journal is not late, however old its last entry is', () => {
  const standing = new Standing();
  standing.began(position(3600));
  standing.settled(position(3600), 1);

  assert.deepEqual(standing.lag(quiet), { seconds: 0, entries: 0, since: null });
});

test('what waits grows older though nothing is read', () => {
  const standing = new Standing();
  standing.began(position(90));

  const lag = standing.lag({ ...quiet, behindEntries: 5 });

  near(lag.seconds, 90);
  assert.equal(lag.entries, 5);
  near((Date.now() - Date.parse(lag.since!)) / 1000, 90);
});

test('an entry after a long silence is as old as itself, not as the silence', () => {
  const standing = new Standing();
  standing.settled(position(3600), 1);
  standing.began(position(1));

  near(standing.lag({ ...quiet, behindEntries: 1 }).seconds, 1);
});

test('while there is more to be had the age of what was settled last is the lag', () => {
  const standing = new Standing();
  standing.settled(position(500), 1000);

  near(standing.lag({ ...quiet, lastReadMs: performance.now() }).seconds, 500);
  near(standing.lag({ ...quiet, isBlocked: true }).seconds, 500);
});

test('a sender that has all of a journal that was read to its end is not late, however old that is', () => {
  const standing = new Standing();
  standing.settled(position(324 * 86_400), 1000);
  const progress = { ...quiet, lastReadMs: performance.now(), isReadOut: true };

  assert.deepEqual(standing.lag(progress), { seconds: 0, entries: 0, since: null });
  assert.deepEqual(new Standing().lag({ ...progress, lastReadMs: undefined }), { seconds: 0, entries: 0, since: null });
});

test('what is left of a journal that was read to its end is late', () => {
  const standing = new Standing();
  standing.began(position(90));

  near(standing.lag({ ...quiet, behindEntries: 5, isReadOut: true }).seconds, 90);
});

for (const { title, progress, entries } of [
  { title: 'after a start', progress: { ...quiet, lastReadMs: undefined }, entries: null },
  { title: 'of a sender that nobody can place', progress: { ...quiet, behindEntries: undefined }, entries: null },
  { title: 'of entries that it has not seen', progress: { ...quiet, behindEntries: 7 }, entries: 7 },
]) {
  test(`the lag ${title} is not known`, () => {
    assert.deepEqual(new Standing().lag(progress), { seconds: null, entries, since: null });
  });
}

test('an entry without a time does not make a sender late since 1970', () => {
  const standing = new Standing();
  standing.began({ cursor: 'c', realtimeUs: 0 });

  assert.equal(standing.lag({ ...quiet, behindEntries: 1 }).seconds, null);
});

test('the rate is of the time that it runs, up to a minute', () => {
  const standing = new Standing();

  assert.equal(standing.rate(), 0);
  standing.settled(position(0), 30);
  standing.settled(position(0), 12);
  assert.equal(standing.rate(), 42);
});

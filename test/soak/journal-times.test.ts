import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyReader } from '../../src/state/stored.ts';
import { JournalTimes } from './journal-times.ts';

const COUNT = 6;
const timeOf = (number: number): string => `2026-01-01T00:00:0${number}.000123`;

/** Which numbers a gap between the times of two numbers accounts for; those in `unknown` nobody has got. */
function inGap(from: number | null, to: number | null, unknown: readonly number[] = []): number[] {
  const times = new JournalTimes();
  const all = Array.from({ length: COUNT }, (_, n) => n);
  for (const n of all) if (!unknown.includes(n)) times.note(n, `{"timestamp": "${timeOf(n)}"}`);
  const iso = (n: number | null): string | null => (n === null ? null : `${timeOf(n).slice(0, 23)}Z`);
  const isInGap = times.gapTest(COUNT, { ...emptyReader(), gaps: [{ from: iso(from), to: iso(to) }] });
  return all.filter(isInGap);
}

test('a gap accounts for the times between its ends', () => {
  assert.deepEqual(inGap(1, 4), [1, 2, 3, 4]);
});

test('an entry that nobody has got lies between those that somebody has', () => {
  assert.deepEqual(inGap(1, 4, [2, 3]), [1, 2, 3, 4]);
  assert.deepEqual(inGap(2, 4, [1, 2, 3]), [4], 'it may have been before the gap');
  assert.deepEqual(inGap(0, 5, [5]), [0, 1, 2, 3, 4], 'nobody knows how late it was');
});

test('a gap without a beginning or an end accounts for nothing', () => {
  assert.deepEqual([inGap(null, 4), inGap(1, null)], [[], []]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyReader } from '../../src/state/stored.ts';
import { gapsOf, isClean, Tally, tableOf } from './account.ts';

function tallied(numbers: readonly number[]): Tally {
  const tally = new Tally('t');
  for (const number of numbers) tally.add(number);
  return tally;
}

for (const { numbers, delivered, duplicates, missing, disorders } of [
  { numbers: [0, 1, 2, 3], delivered: 4, duplicates: 0, missing: [], disorders: 0 },
  { numbers: [0, 1, 0, 1, 2, 3], delivered: 4, duplicates: 2, missing: [], disorders: 0 },
  { numbers: [0, 3], delivered: 2, duplicates: 0, missing: [1, 2], disorders: 0 },
  { numbers: [0, 2, 1, 3], delivered: 4, duplicates: 0, missing: [], disorders: 1 },
  { numbers: [], delivered: 0, duplicates: 0, missing: [0, 1, 2, 3], disorders: 0 },
]) {
  test(`${numbers.join() || 'nothing'} is accounted for`, () => {
    const account = tallied(numbers).close(4, (number) => number === 1);

    assert.deepEqual(account, {
      name: 't',
      delivered,
      duplicates,
      missing,
      reported: missing.filter((number) => number === 1).length,
      disorders,
    });
  });
}

test('numbers far apart are kept', () => {
  const tally = tallied([0, 1_000_000]);

  assert.equal(tally.close(1_000_001, () => false).delivered, 2);
});

test('a loss that no gap tells of is not clean', () => {
  const close = (isReported: boolean) => tallied([0, 2]).close(3, () => isReported);

  assert.deepEqual([isClean(close(true)), isClean(close(false))], [true, false]);
  assert.equal(isClean(tallied([1, 0]).close(2, () => true)), false);
});

test('a gap accounts for the times between its ends', () => {
  const gap = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:01:00.000Z', entries: 5, why: 'w' };
  const isInGap = gapsOf({ ...emptyReader(), gaps: [gap] });

  assert.deepEqual(
    ['2026-01-01T00:00:30Z', '2026-01-01T00:02:00Z'].map((time) => isInGap(Date.parse(time))),
    [true, false],
  );
});

test('the table has a row for each sender', () => {
  const table = tableOf([tallied([0, 0]).close(2, () => false)], 2);

  assert.deepEqual(table.split('\n')[1]!.trim().split(/ +/), ['t', '2', '1', '1', '1', '0', '0']);
});

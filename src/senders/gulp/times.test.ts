import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTime } from './times.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z') * 1000;
const DAY = Date.parse('2026-03-01T00:00:00Z') * 1000;

const cases: [string | number, number | undefined][] = [
  ['now', NOW],
  ['-2h', NOW - 7200e6],
  ['-90 min', NOW - 5400e6],
  ['7 days ago', NOW - 7 * 86_400e6],
  ['+1h', NOW + 3600e6],
  ['-1h30min', NOW - 5400e6],
  ['1 day 2 hours ago', NOW - 26 * 3600e6],
  ['today', NOW - 12 * 3600e6],
  ['Yesterday', NOW - 36 * 3600e6],
  ['-1w', NOW - 604_800e6],
  ['2026-03-01', DAY],
  ['2026-03-01 00:00', DAY],
  ['2026-03-01T00:00:00.123456Z', DAY + 123_456],
  ['2026-03-01T01:00:00+01:00', DAY],
  ['2026-03-01T01:00:00+0100', DAY],
  [DAY / 1e6, DAY],
  [DAY / 1e3, DAY],
  [DAY, DAY],
  [String(DAY), DAY],
  [DAY * 1000, DAY],
  ['2026-13-01', undefined],
  ['yesterday-ish', undefined],
  ['-5 parsecs', undefined],
  ['-constructor', undefined],
  ['-1h5', undefined],
  ['ago', undefined],
  ['+999999999w', undefined],
  ['5h', undefined],
  [`-${'1s'.repeat(31)}x`, undefined],
  [-1, undefined],
  [NaN, undefined],
  ['', undefined],
];

for (const [given, wanted] of cases) {
  test(`${JSON.stringify(given)} is ${wanted === undefined ? 'no time' : new Date(wanted / 1000).toISOString()}`, () => {
    const us = parseTime(given, NOW);

    assert.equal(us, wanted);
  });
}

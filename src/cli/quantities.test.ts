import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, grouped, size } from './quantities.ts';

test('durations have two units at most', () => {
  const cases: [number, string][] = [
    [0, '0 s'],
    [-3, '0 s'],
    [1.26, '1.3 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [86_400 * 3 + 3600, '3 d 1 h'],
    [NaN, '?'],
  ];

  for (const [seconds, wanted] of cases) assert.equal(duration(seconds), wanted);
});

test('counts are grouped, sizes short', () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(grouped), ['0', '999', '1,000', '1,234,567']);
  assert.deepEqual([0, 1023, 1024, 1536 * 1024, 2 ** 50].map(size), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '1024 TiB',
  ]);
});

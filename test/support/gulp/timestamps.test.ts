import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTimestamp } from './timestamps.ts';

const whole = '2025-11-20T23:06:40.123456+00:00';
const table: readonly (readonly [unknown, string])[] = [
  ['1763680000123456', whole],
  [1763680000123456, whole],
  ['1763680000123456789', whole],
  ['1763680000123', '2025-11-20T23:06:40.123000+00:00'],
  ['1763680000', '2025-11-20T23:06:40+00:00'],
  ['1763680000.123456', whole],
  [1763680000.123456, whole],
  ['2025-11-20T23:06:40.123456789Z', whole],
  ['2025-11-21T00:06:40.123456+01:00', whole],
  ['2025-11-20', '2025-11-20T00:00:00+00:00'],
];
for (const [value, iso] of table) {
  test(`reads ${JSON.stringify(value)}`, () => {
    const time = readTimestamp(value);

    assert.deepEqual([time.iso, time.isValid], [iso, true]);
  });
}

test('counts in nanoseconds, of which it knows the microseconds', () => {
  assert.equal(readTimestamp('1763680000123456789').nanos, 1763680000123456000n);
});

for (const value of [
  'yesterday-ish',
  '',
  undefined,
  null,
  true,
  '0',
  '1989-12-31T23:59:59Z',
  '9999-01-01',
  '2025-13-40',
]) {
  test(`takes ${String(value) || 'nothing'} for 1970`, () => {
    assert.deepEqual(readTimestamp(value), { iso: '1970-01-01T00:00:00Z', nanos: 0n, isValid: false });
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geohash } from './geohash.ts';

const places = [
  [57.64911, 10.40744, 11, 'u4pruydqqvj'],
  [42.605, -5.603, 5, 'ezs42'],
  [-25.382708, -49.265506, 8, '6gkzwgjz'],
  [37.8324, 112.5584, 9, 'ww8p1r4t8'],
  [0, 0, 4, 's000'],
  [-90, -180, 3, '000'],
  [90, 180, 3, 'zzz'],
  [51.5142, -0.0931, 1, 'g'],
] as const;

for (const [latitude, longitude, precision, expected] of places) {
  test(`${latitude}, ${longitude} is at ${expected}`, () => {
    assert.equal(geohash(latitude, longitude, precision), expected);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { categoryRanges } from './category.ts';
import { common, outside, rangesOf, union, type Ranges } from './ranges.ts';

const ranges = fc
  .array(
    fc.tuple(fc.nat(60), fc.nat(9)).map(([first, length]) => [first, first + length] as const),
    { maxLength: 8 },
  )
  .map(union);

function has(set: Ranges, code: number): boolean {
  return set.some(([first, last]) => first <= code && code <= last);
}

test('union, outside and common hold what they say', () => {
  fc.assert(
    fc.property(ranges, ranges, fc.nat(80), (a, b, code) => {
      assert.equal(has(union([...b, ...a]), code), has(a, code) || has(b, code));
      assert.equal(has(common(a, b), code), has(a, code) && has(b, code));
      assert.equal(has(outside(a), code), !has(a, code));
      assert.deepEqual(outside(outside(a)), a);
    }),
  );
});

test('nothing is outside of all, and all outside of nothing', () => {
  assert.deepEqual(outside([]), [[0, 0x10ffff]]);
  assert.deepEqual(outside([[0, 0x10ffff]]), []);
});

test('finds the ranges of an expression', () => {
  assert.deepEqual(rangesOf(/[b-dx😀]/u), [
    [0x62, 0x64],
    [0x78, 0x78],
    [0x1f600, 0x1f600],
  ]);
});

test('class escapes hold what they hold in Python', () => {
  for (const [category, inside, outsiders] of [
    ['d', '19٣९', 'a²½Ⅷ'],
    ['w', 'aZ_9äß日٣²½Ⅷ𝒜', ' -–😀\u0301'],
    ['s', ' \t\n\x1c\x1f\x85\xa0\u2003\u3000', 'a\u200b\ufeff\x1b'],
  ] as const) {
    const set = categoryRanges(category, false);
    for (const char of inside) assert.ok(has(set, char.codePointAt(0)!), `${category} ${char}`);
    for (const char of outsiders) assert.ok(!has(set, char.codePointAt(0)!), `${category} ${char}`);
  }
  assert.deepEqual(categoryRanges('D', true), [
    [0, 0x2f],
    [0x3a, 0x10ffff],
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentOf } from './client.ts';
import { toDocument } from './documents.ts';
import type { GulpDocument } from './documents.ts';
import { SearchIndex } from './search-index.ts';

const detected: readonly (readonly [value: unknown, then: unknown, fits: boolean])[] = [
  ['12', 'abc', false],
  ['12', '12.5', true],
  ['12', '', true],
  ['12', '99999999999999999999', false],
  ['1e5', 'abc', false],
  ['12d', 'abc', false],
  ['2025-01-01', 'abc', false],
  ['2025-01-01', '2025-02-30', false],
  ['2025-01-01', '2025-01-01T10:00:00.123Z', true],
  ['2025-01-01', '1763680000123', true],
  ['2025/01/01', 'abc', false],
  [true, 'abc', false],
  [true, 'false', true],
  [5, 'abc', false],
  ['abc', '12', true],
  ['abc', 12, true],
  ['12 apples', 'abc', true],
  ['2025-01', 'abc', false],
  ['2025-1-1', 'abc', true],
];
for (const [value, then, fits] of detected) {
  test(`with ${JSON.stringify(value)} first, ${fits ? 'takes' : 'rejects'} ${JSON.stringify(then)}`, () => {
    const index = new SearchIndex();
    index.bulk([documentNumber(1, { APP: value })]);

    const { created, rejected } = index.bulk([documentNumber(2, { APP: then }), documentNumber(3)]);

    assert.deepEqual([created.length, rejected.length], fits ? [2, 0] : [1, 1]);
  });
}

const rejected: Readonly<Record<string, Record<string, unknown>>> = {
  'gulp.unmapped as an object': { 'gulp.unmapped': { A: '1' } },
  'gulp.unmapped with dots': { 'gulp.unmapped.A': '1' },
  'gulp.unmapped as a text': { 'gulp.unmapped': '{}' },
  'a word as process.pid': { 'process.pid': 'abc' },
  'a value where an object is': { process: 'x' },
  'a leaf that is an object too': { FOO: 'x', 'FOO.BAR': 'y' },
  'a name with an empty part': { 'a..b': 'x' },
  'a text that is a number but not a finite one': { APP: 'NaN' },
  'a host.ip that is none': { 'host.ip': 'here' },
};
for (const [what, fields] of Object.entries(rejected)) {
  test(`rejects ${what}, and learns nothing from it`, () => {
    const index = new SearchIndex();

    const result = index.bulk([documentNumber(1, { ...fields, NEW: '12' }), documentNumber(2)]);

    assert.deepEqual([result.created.length, result.rejected.length], [1, 1]);
    assert.equal(index.typeOf('NEW'), undefined);
  });
}

test('rejects an object where a leaf was before', () => {
  const index = new SearchIndex();
  index.bulk([documentNumber(1, { FOO: 'x' })]);

  assert.equal(index.bulk([documentNumber(2, { 'FOO.BAR': 'y' })]).rejected.length, 1);
});

test('stores a document once; how often it came again in one request does not count', () => {
  const index = new SearchIndex();
  const document = documentNumber(1);

  const { created, duplicates } = index.bulk([document, document, document]);

  assert.deepEqual([created.length, duplicates.size, index.count], [1, 1, 1]);
});

test('takes no more than ten thousand fields', () => {
  const index = new SearchIndex();
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, number) => [`F${number}`, 'x']));

  assert.equal(index.bulk([documentNumber(1, many)]).rejected.length, 1);
});

function documentNumber(number: number, fields: Record<string, unknown> = {}): GulpDocument {
  return toDocument(documentOf({ 'event.original': `entry ${number}`, ...fields }), 'case')!;
}

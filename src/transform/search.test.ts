import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf, type EntryFields } from '../../test/support/block-of.ts';
import { bytes, patterns } from '../../test/support/patterns.ts';
import { isUtf8 } from 'node:buffer';
import { PatternError } from './pattern/error.ts';
import { compilePattern, searchText } from './pattern/pattern.ts';
import { Searches, type Hit, type SearchOptions } from './search.ts';

function hits(search: Partial<SearchOptions>, entry: EntryFields): readonly Hit[] {
  return new Searches([{ name: 's', fields: {}, tags: {}, ...search }]).run(blockOf(entry), 0);
}

function isHit(fields: Record<string, string>, entry: EntryFields): boolean {
  return hits({ fields }, entry).length === 1;
}

const ssh = { _SYSTEMD_UNIT: 'ssh.service', MESSAGE: 'Failed password for root from 10.0.0.1 port 22' };

test('hits when all patterns are found, anywhere in their fields', () => {
  assert.equal(isHit({ MESSAGE: 'password for', _SYSTEMD_UNIT: '^ssh' }, ssh), true);
  assert.equal(isHit({ MESSAGE: 'password for', _SYSTEMD_UNIT: 'cron' }, ssh), false);
  assert.equal(isHit({ MESSAGE: 'xyz', _SYSTEMD_UNIT: '^ssh' }, ssh), false);
});

test('a search without fields hits every entry', () => {
  assert.deepEqual(hits({ tags: { a: 'b', n: 1 } }, {}), [{ name: 's', tags: { a: 'b', n: '1' } }]);
});

test('knows fields by their original names only', () => {
  assert.equal(isHit({ SYSTEMD_UNIT: 'ssh' }, ssh), false);
  assert.equal(isHit({ _MESSAGE: 'password' }, ssh), false);
});

test('a field that is missing or empty is no hit', () => {
  assert.equal(isHit({ X: '' }, ssh), false);
  assert.equal(isHit({ X: '' }, { X: '' }), false);
  assert.equal(isHit({ X: '' }, { X: 'y' }), true);
});

test('makes tags of the named groups that take part, and lets static tags override them', () => {
  const fields = { MESSAGE: 'for (?P<user>\\w+) from (?P<ip>\\S+)( via (?P<via>\\S+))?' };

  assert.deepEqual(hits({ fields, tags: { user: 'somebody' } }, ssh)[0]!.tags, { user: 'somebody', ip: '10.0.0.1' });
});

test('of two groups with one name that of the later field counts, MESSAGE last', () => {
  const fields = { Z: '(?P<g>.)', MESSAGE: '(?P<g>.)', _A: '(?P<g>.)(?P<h>.)', A: '(?P<h>.)' };

  assert.deepEqual(hits({ fields }, { MESSAGE: 'm', Z: 'z', _A: '12', A: 'a' })[0]!.tags, { g: 'm', h: '2' });
  assert.deepEqual(hits({ fields: { Z: '(?P<g>.)', A: '(?P<g>.)' } }, { Z: 'z', A: 'a' })[0]!.tags, { g: 'z' });
});

test('sees numbers, times and uuids as journalpump writes them', () => {
  assert.equal(isHit({ PRIORITY: '^6$' }, { PRIORITY: '06' }), true);
  assert.equal(isHit({ PRIORITY: '^0$' }, { PRIORITY: '0' }), true);
  assert.equal(isHit({ PRIORITY: 'x' }, { PRIORITY: '6x' }), true);
  assert.equal(isHit({ __REALTIME_TIMESTAMP: '^1767225600\\.5$' }, { __REALTIME_TIMESTAMP: '1767225600500000' }), true);
  assert.equal(
    isHit({ MESSAGE_ID: '^01234567-89ab-cdef-0123-456789abcdef$' }, { MESSAGE_ID: '0123456789ABCDEF0123456789abcdef' }),
    true,
  );
  assert.equal(isHit({ __MONOTONIC_TIMESTAMP: '' }, { __MONOTONIC_TIMESTAMP: '5' }), false);
  assert.equal(isHit({ __CURSOR: '' }, { X: '' }), false);
});

test('any value of a repeated field may hit', () => {
  const entry = { TAG: ['a', 'b1', 'b2'], PRIORITY: ['1', '2'] };

  assert.deepEqual(hits({ fields: { TAG: 'b(?P<n>\\d)', PRIORITY: '2' } }, entry)[0]!.tags, { n: '1' });
  assert.equal(isHit({ TAG: 'c' }, entry), false);
});

test('what is not UTF-8 is no hit', () => {
  assert.equal(isHit({ MESSAGE: 'a' }, { MESSAGE: Buffer.from('a\xff', 'latin1') }), false);
  assert.equal(isHit({ MESSAGE: 'ä' }, { MESSAGE: 'größe ä' }), true);
});

test('gives hits in the order of the searches', () => {
  const names = ['c', 'a', 'b'];
  const searches = new Searches(names.map((name) => ({ name, fields: { MESSAGE: name }, tags: {} })));

  assert.deepEqual(
    searches.run(blockOf({ MESSAGE: 'abc' }), 0).map(({ name }) => name),
    names,
  );
});

test('tells which patterns were slow, once', () => {
  const searches = new Searches([{ name: 's', fields: { MESSAGE: 'y', X: 'z' }, tags: {} }]);
  searches.run(blockOf({ MESSAGE: 'x'.repeat(100_000) + 'y', X: 'z' }), 0);

  const slow = searches.takeSlow(0);

  assert.deepEqual(
    slow.map(({ search, field, pattern }) => [search, field, pattern]),
    [['s', 'MESSAGE', 'y']],
  );
  assert.ok(slow[0]!.seconds > 0 && slow[0]!.seconds < 5);
  assert.deepEqual(searches.takeSlow(0), []);
});

test('refuses patterns and tags that cannot be used', () => {
  assert.throws(() => hits({ fields: { A: '(' } }, {}), PatternError);
  assert.throws(() => hits({ tags: { a: 'f(x)' } }, {}), /is no function/);
});

const searchLists = fc.array(
  fc.record({
    name: fc.constantFrom('s', 't'),
    fields: fc.dictionary(fc.constantFrom('A', '_A', 'B', 'MESSAGE'), patterns, { maxKeys: 3 }),
    tags: fc.constant({}),
  }),
  { maxLength: 4 },
);
const entries = fc.dictionary(
  fc.constantFrom('A', '_A', 'B', 'MESSAGE'),
  fc.array(bytes, { minLength: 1, maxLength: 2 }),
);

test('hits what each pattern by itself is found in', () => {
  fc.assert(
    fc.property(searchLists, fc.array(entries, { minLength: 1, maxLength: 3 }), (list, specs) => {
      const searches = new Searches(list);
      const block = blockOf(...specs);

      for (const [i, entry] of specs.entries()) {
        const expected = list.filter(({ fields }) =>
          Object.entries(fields).every(([field, source]) =>
            (entry[field] ?? []).some((value) => isFound(source, value)),
          ),
        );
        assert.deepEqual(
          searches.run(block, i).map(({ name }) => name),
          expected.map(({ name }) => name),
        );
      }
    }),
    { numRuns: 500 },
  );
});

function isFound(source: string, value: Buffer): boolean {
  return value.length > 0 && isUtf8(value) && searchText(compilePattern(source), value) !== undefined;
}

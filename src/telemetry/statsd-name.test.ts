import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { taggedName, type Tags } from './statsd-name.ts';

const cases: readonly (readonly [title: string, name: string, tags: Tags, wire: string])[] = [
  ['nothing to change', 'journal.read_lines', { reader: 'r-1' }, 'journal.read_lines,reader=r-1'],
  ['no tags', 'journal.read_lines', {}, 'journal.read_lines'],
  ['no dot after a prefix', 'pumpjournal.x', {}, 'pumpjournal.x'],
  ['several tags in their order', 'm', { z: 1, a: true, k: 2.5 }, 'm,z=1,a=true,k=2.5'],
  ['tags without a value', 'm', { a: null, b: undefined, c: 'x' }, 'm,c=x'],
  ['a name with other characters', 'm', { 'a b.c/d': 'x' }, 'm,a_b_c_d=x'],
  ['a name with letters of any alphabet', 'm', { größe: 'x', 日本: 'y' }, 'm,größe=x,日本=y'],
  ['runs of such characters', 'm', { 'a ?!c': 'x |= y' }, 'm,a_c=x_y'],
  ['underscores around names and values', 'm', { __a_: '__x_', '(b)': '(y) ' }, 'm,a=x,b=(y)'],
  [
    'a value of a unit or an address',
    'm',
    { u: 'a@b.service', ip: 'fe80::1', n: '[x]#1' },
    'm,u=a@b.service,ip=fe80_1,n=[x]#1',
  ],
  ['a comma, which journalpump forgets', 'm', { a: 'x,b=y' }, 'm,a=x_b_y'],
  ['line ends and other controls', 'm', { a: 'x\ny\r\nz\u0000\u0085\u001cw' }, 'm,a=x_y_z_w'],
  ['a backslash at the end, which hot-shots replaces', 'm', { a: 'C:\\' }, 'm,a=C_\\'],
  ['signs that DogStatsD knows', 'm', { a: 'x@y#z' }, 'm,a=x@y#z'],
  ['a name or a value of which nothing is left', 'm', { a: '___', '?': 'x', b: '' }, 'm'],
  ['a long value', 'm', { a: 'x'.repeat(1000) }, `m,a=${'x'.repeat(256)}`],
  ['a metric that is named like a line', 'my search: 1|c,x\ny', { a: 1 }, 'my_search_1_c_x_y,a=1'],
];

for (const [title, name, tags, wire] of cases) {
  test(`a metric with ${title} goes out as ${wire.slice(0, 60)}`, () => {
    assert.equal(taggedName(name, tags), wire);
  });
}

test('whatever names and values are, each tag is read back as one', () => {
  const anything = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(anything, fc.dictionary(anything, anything), (name, tags) => {
      const [first, ...others] = taggedName(name, tags).split(',');

      assert.doesNotMatch(first!, /[\s|:]/);
      for (const tag of others) assert.match(tag, /^[^\s|:=]+=[^\s|:=]+$/);
      assert.ok(others.length <= Object.keys(tags).length);
    }),
  );
});

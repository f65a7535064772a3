import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namingOf } from './naming.ts';
import { outdated } from './retention.ts';

const US = Date.UTC(2026, 10, 20, 23, 59, 59) * 1000;
const index_prefix = 'journalpump';

for (const { what, options, values = [], name, patterns } of [
  {
    what: 'by default',
    options: {},
    name: 'journalpump-2026-11-20',
    patterns: ['journalpump-1*-*-*', 'journalpump-2*-*-*'],
  },
  {
    what: 'a prefix with signs of templates',
    options: { index_prefix: 'a{b}%' },
    name: 'a{b}%-2026-11-20',
    patterns: ['a{b}%-1*-*-*', 'a{b}%-2*-*-*'],
  },
  {
    what: 'a template',
    options: { index: 'logs-{A}-%Y.%m.%d' },
    values: ['Sshd'],
    name: 'logs-sshd-2026.11.20',
    patterns: ['logs-*-*.*.*'],
  },
  { what: 'a template that begins with a field', options: { index: '{A}' }, values: ['_x'], name: 'x_x', patterns: [] },
  {
    what: 'the fallback of a field',
    options: { index: 'a-{A:None}' },
    values: [null],
    name: 'a-none',
    patterns: ['a-*'],
  },
  { what: 'a data stream by name', options: { data_stream: 'logs-x' }, name: 'logs-x', patterns: ['logs-x'] },
  {
    what: 'a data stream with a field',
    options: { data_stream: 'logs-{A}' },
    values: [''],
    name: 'logs-_',
    patterns: ['logs-*'],
  },
  {
    what: 'a data stream that index names',
    options: { data_stream: true, index: 'x-{A}' },
    values: ['a/b'],
    name: 'x-a_b',
    patterns: ['x-*'],
  },
  {
    what: 'a data stream without a name',
    options: { data_stream: true },
    name: 'journalpump',
    patterns: ['journalpump'],
  },
]) {
  test(`names: ${what}`, () => {
    const naming = namingOf({ index_prefix, ...options });

    assert.equal(naming.nameOf(values, US), name);
    assert.deepEqual(naming.patterns, patterns);
  });
}

test('no name is longer than 255 bytes', () => {
  const naming = namingOf({ index_prefix, index: 'ü{A}{B}{C}' });

  const name = naming.nameOf(
    ['a', 'b', 'c'].map((letter) => letter.repeat(4000)),
    US,
  );

  assert.equal(Buffer.byteLength(name), 255);
  assert.doesNotMatch(name, /\uFFFD/);
});

test('the oldest indices by day are outdated, never those of today or later, nor any with another name', () => {
  const naming = namingOf({ index_prefix: 'p' });
  const days = ['2026-11-21', '2026-11-19', '2027-01-01', '2026-11-20', '2026-11-18'].map((day) => `p-${day}`);
  const others = ['p-x-2000-01-01', 'p-2000-01-01-x', 'p-2000-02-30', 'p-2000-1-1', 'q-2000-01-01', 'p-20000-01-01'];
  const names = [...others, ...days];

  const kept = (daysMax: number): string[] => outdated(names, { naming, daysMax, today: '2026-11-21' });

  assert.deepEqual(kept(3), ['p-2026-11-18', 'p-2026-11-19']);
  assert.deepEqual(kept(1), ['p-2026-11-18', 'p-2026-11-19', 'p-2026-11-20']);
  assert.deepEqual(kept(5), []);
});

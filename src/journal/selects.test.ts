import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf } from '../../test/support/block-of.ts';
import type { EntryFields } from '../../test/support/block-of.ts';
import type { JournalSelection } from './selection.ts';
import { createExcludingGlob, createSelects, createUnitExclusion } from './selects.ts';

const ssh = { _SYSTEMD_UNIT: 'ssh.service', PRIORITY: '6' };

interface Case {
  readonly title: string;
  readonly selection: Partial<JournalSelection>;
  readonly entry: EntryFields;
  readonly selects: boolean;
}

const cases: readonly Case[] = [
  { title: 'anything where nothing is asked for', selection: {}, entry: {}, selects: true },

  { title: 'a unit to match', selection: { units_to_match: ['a', 'ssh.service'] }, entry: ssh, selects: true },
  { title: 'another unit', selection: { units_to_match: ['a'] }, entry: ssh, selects: false },
  { title: 'a unit that merely begins so', selection: { units_to_match: ['ssh'] }, entry: ssh, selects: false },
  { title: 'no unit', selection: { units_to_match: ['a'] }, entry: {}, selects: false },
  { title: 'a made-up unit', selection: { units_to_match: ['a'] }, entry: { SYSTEMD_UNIT: 'a' }, selects: false },
  {
    title: 'the second of two units',
    selection: { units_to_match: ['a'] },
    entry: { _SYSTEMD_UNIT: ['b', 'a'] },
    selects: true,
  },
  {
    title: 'a unit beyond ASCII',
    selection: { units_to_match: ['größe'] },
    entry: { _SYSTEMD_UNIT: 'größe' },
    selects: true,
  },
  {
    title: 'a star, which is none in a unit to match',
    selection: { units_to_match: ['*'] },
    entry: ssh,
    selects: false,
  },

  { title: 'an excluded unit', selection: { units_to_exclude: ['cron*', 'ssh*'] }, entry: ssh, selects: false },
  { title: 'a unit that is not excluded', selection: { units_to_exclude: ['cron*'] }, entry: ssh, selects: true },
  { title: 'no unit where some are excluded', selection: { units_to_exclude: ['*'] }, entry: {}, selects: true },
  {
    title: 'one excluded unit of two',
    selection: { units_to_exclude: ['a'] },
    entry: { _SYSTEMD_UNIT: ['b', 'a'] },
    selects: false,
  },
  {
    title: 'a made-up unit that would be excluded',
    selection: { units_to_exclude: ['*'] },
    entry: { SYSTEMD_UNIT: 'a' },
    selects: true,
  },
  {
    title: 'a unit to match that is excluded',
    selection: { units_to_match: ['ssh.service'], units_to_exclude: ['ssh*'] },
    entry: ssh,
    selects: false,
  },
  {
    title: 'another one where all units to match are excluded',
    selection: { units_to_match: ['ssh.service'], units_to_exclude: ['ssh*'] },
    entry: { _SYSTEMD_UNIT: 'a' },
    selects: false,
  },

  { title: 'the least priority', selection: { min_priority: 6 }, entry: ssh, selects: true },
  { title: 'a lesser priority', selection: { min_priority: 5 }, entry: ssh, selects: false },
  { title: 'priority 0', selection: { min_priority: 0 }, entry: { PRIORITY: '0' }, selects: true },
  { title: 'no priority', selection: { min_priority: 7 }, entry: {}, selects: false },
  { title: 'a priority in other digits', selection: { min_priority: 7 }, entry: { PRIORITY: '06' }, selects: false },
  { title: 'a priority above 7', selection: { min_priority: 7 }, entry: { PRIORITY: '8' }, selects: false },
  {
    title: 'an important one of two priorities',
    selection: { min_priority: 3 },
    entry: { PRIORITY: ['7', '3'] },
    selects: true,
  },

  {
    title: 'unit and priority',
    selection: { min_priority: 6, units_to_match: ['ssh.service'] },
    entry: ssh,
    selects: true,
  },
  {
    title: 'the unit without the priority',
    selection: { min_priority: 5, units_to_match: ['ssh.service'] },
    entry: ssh,
    selects: false,
  },
  {
    title: 'the priority without the unit',
    selection: { min_priority: 6, units_to_match: ['a'] },
    entry: ssh,
    selects: false,
  },
];

for (const { title, selection, entry, selects } of cases) {
  test(`${selects ? 'selects' : 'leaves out'} ${title}`, () => {
    const test = createSelects({ units_to_match: [], ...selection });

    for (let i = 0; i < 2; i++) assert.equal(test(blockOf(entry, entry), i), selects);
  });
}

test('there is no exclusion without globs', () => {
  assert.equal(createUnitExclusion([]), undefined);
  assert.equal(createUnitExclusion(undefined), undefined);
});

test('looks at the entry that is asked for', () => {
  const isExcluded = createUnitExclusion(['b*'])!;
  const block = blockOf({ _SYSTEMD_UNIT: 'a' }, { _SYSTEMD_UNIT: 'b' }, {}, { _SYSTEMD_UNIT: 'b2' });

  assert.deepEqual(
    [0, 1, 2, 3].map((i) => isExcluded(block, i)),
    [false, true, false, true],
  );
});

test('tells the first glob that excludes an entry', () => {
  const globOf = createExcludingGlob(['x*', '*.scope', 'init*']);
  const entries = [
    { _SYSTEMD_UNIT: 'init.scope' },
    { _SYSTEMD_UNIT: 'cron.service' },
    {},
    { _SYSTEMD_UNIT: ['a', 'x'] },
  ];
  const block = blockOf(...entries);

  assert.deepEqual(
    entries.map((_, i) => globOf(block, i)),
    [1, -1, -1, 0],
  );
});

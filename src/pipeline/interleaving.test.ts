import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf } from '../../test/support/block-of.ts';
import { Interleaving } from './interleaving.ts';

/** An entry of a sequence, named by a digit, at a time in µs. */
const entry = ([sequence, us]: readonly [string, number]) => ({
  __CURSOR: `s=${sequence.repeat(32)};i=1;b=${'0'.repeat(32)};m=1;t=${us.toString(16)};x=0`,
  __REALTIME_TIMESTAMP: String(us),
});
const isBehind = (entries: readonly (readonly [string, number])[], us: number): boolean => {
  const interleaving = new Interleaving();
  for (let i = 0; i < entries.length; i += 2) interleaving.note(blockOf(...entries.slice(i, i + 2).map(entry)), 0);
  return interleaving.isBehind({ cursor: '', realtimeUs: us });
};

for (const { title, entries, us, wanted } of [
  { title: 'nothing was noted', entries: [], us: 1, wanted: true },
  {
    title: 'there is one sequence, even if its clock was set back',
    entries: [
      ['a', 50],
      ['a', 60],
      ['a', 40],
    ],
    us: 40,
    wanted: true,
  },
  {
    title: 'the other sequence came before in time',
    entries: [
      ['a', 50],
      ['b', 60],
    ],
    us: 60,
    wanted: true,
  },
  {
    title: 'the other sequence came before, but is later in time',
    entries: [
      ['a', 70],
      ['b', 60],
    ],
    us: 60,
    wanted: false,
  },
  {
    title: 'that was a while ago',
    entries: [
      ['a', 70],
      ['b', 60],
      ['b', 65],
      ['b', 80],
    ],
    us: 80,
    wanted: true,
  },
  {
    title: 'they change all the time, at the border of Blocks, too',
    entries: [
      ['a', 1],
      ['b', 2],
      ['a', 9],
      ['b', 4],
      ['a', 5],
    ],
    us: 5,
    wanted: false,
  },
] as const) {
  test(`all others are${wanted ? '' : ' not'} behind an entry when ${title}`, () => {
    assert.equal(isBehind(entries, us), wanted);
  });
}

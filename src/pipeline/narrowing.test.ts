import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalSelection } from '../journal/selection.ts';
import type { Narrowing } from '../senders/host.ts';
import { createNarrowing, narrowed } from './narrowing.ts';

const own = { units_to_match: ['a.service', 'b.service'], min_priority: 4 } as unknown as JournalSelection;

const cases: [string, Narrowing, Partial<JournalSelection>][] = [
  ['units that the reader has', { units: ['b.service', 'c.service'] }, { units_to_match: ['b.service'] }],
  ['units that it has not: its own are read, and dropped', { units: ['c.service'] }, own],
  ['globs, which journalctl would take for others', { units: ['b*'] }, own],
  ['a stricter priority', { minPriority: 2 }, { min_priority: 2 }],
  ['a laxer priority', { minPriority: 6 }, { min_priority: 4 }],
  ['an end', { untilUs: 5 }, { untilUs: 5 }],
];

for (const [title, narrowing, wanted] of cases) {
  test(`journalctl is told of ${title}`, () => {
    const selection = narrowed(own, narrowing);

    assert.deepEqual({ ...selection }, { ...own, untilUs: undefined, ...wanted });
  });
}

test('a narrowing of nothing is none, and those of different words are told apart', () => {
  const nothing = createNarrowing({}, undefined);
  const keys = [{ identifiers: ['a'] }, { identifiers: ['b'] }, { bootId: 'a' }].map(
    (narrowing) => createNarrowing(narrowing, undefined)?.key,
  );

  assert.equal(nothing, undefined);
  assert.equal(new Set(keys).size, 3);
});

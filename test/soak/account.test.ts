import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountOf, isClean, tableOf } from './account.ts';
import { SECRET } from './entries.ts';
import { Tally, type TallyOptions } from './tally.ts';

interface Case extends Omit<TallyOptions, 'name'> {
  readonly came: readonly number[];
  readonly letters?: readonly number[];
  readonly written?: number;
}

/** Number 1 lies in a gap. */
function accountWith({ came, letters = [], written = 4, ...options }: Case) {
  const tally = new Tally({ name: 't', ...options });
  for (const number of came) tally.take(`{"SEQ": "${number}"}`);
  return accountOf(tally, { written, letters: { numbers: new Set(letters), leaks: 0 }, isInGap: (n) => n === 1 });
}

const EMPTY = { delivered: 4, duplicated: 0, deadLettered: 0, inGaps: 0, missing: [], strays: 0, misjudged: 0 };
const PLAIN = { ...EMPTY, name: 't', selected: 4, disorders: 0, leaks: 0 };

for (const { title, given, wanted, isFine } of [
  { title: 'all of it', given: { came: [0, 1, 2, 3] }, wanted: {}, isFine: true },
  { title: 'some twice', given: { came: [0, 1, 0, 1, 2, 3] }, wanted: { duplicated: 2 }, isFine: true },
  { title: 'a gap', given: { came: [0, 2, 3] }, wanted: { delivered: 3, inGaps: 1 }, isFine: true },
  { title: 'a loss', given: { came: [0, 1, 3] }, wanted: { delivered: 3, missing: [2] }, isFine: false },
  { title: 'another order', given: { came: [0, 2, 1, 3] }, wanted: { disorders: 1 }, isFine: false },
  {
    title: 'another order where there is none',
    given: { came: [0, 2, 1, 3], isOrdered: false },
    wanted: { disorders: undefined },
    isFine: true,
  },
  {
    title: 'a dead letter',
    given: { came: [0, 1, 3], letters: [2], refuses: (n: number) => n === 2 },
    wanted: { delivered: 3, deadLettered: 1 },
    isFine: true,
  },
  {
    title: 'a dead letter that was not refused',
    given: { came: [0, 1, 3], letters: [2] },
    wanted: { delivered: 3, deadLettered: 1, misjudged: 1 },
    isFine: false,
  },
  {
    title: 'what was not meant for it',
    given: { came: [0, 1, 2, 3], selects: (n: number) => n !== 2 },
    wanted: { selected: 3, delivered: 3, strays: 1 },
    isFine: false,
  },
  { title: 'what nobody wrote', given: { came: [0, 1, 2, 3, 70_000] }, wanted: { strays: 1 }, isFine: false },
  {
    title: 'nothing at all',
    given: { came: [], written: 1 },
    wanted: { selected: 1, delivered: 0, missing: [0] },
    isFine: false,
  },
] as { title: string; given: Case; wanted: object; isFine: boolean }[]) {
  test(`an account tells of ${title}`, () => {
    const account = accountWith(given);

    assert.deepEqual(account, { ...PLAIN, ...wanted });
    assert.equal(isClean(account), isFine);
    const { selected, delivered, deadLettered, inGaps, missing } = account;
    assert.equal(selected, delivered + deadLettered + inGaps + missing.length);
  });
}

test('each stream has an order of its own', () => {
  const tally = new Tally({ name: 't' });
  tally.add(5, 'a');
  tally.add(3, 'b');
  tally.add(7, 'b');
  tally.add(4, 'b');

  assert.equal(tally.disorders, 1);
});

test('a secret in clear is counted, wherever it stands', () => {
  const tally = new Tally({ name: 't' });
  tally.take(`{"SEQ": "0", "MESSAGE": "x ${SECRET}-0"}`);
  tally.take(`{"MESSAGE": "${SECRET}"}`);
  tally.take('{"SEQ": "1", "MESSAGE": "***"}');

  assert.equal(tally.leaks, 2);
});

test('the table has a row for each sender, and aligned columns', () => {
  const table = tableOf([accountWith({ came: [0, 0, 3], isOrdered: false })]);

  const [head, rule, row, ...rest] = table.split('\n');
  assert.match(head!, /^\| Sender +\| selected \| delivered \|/);
  assert.deepEqual(
    row!.split('|').map((cell) => cell.trim()),
    ['', 't', '4', '2', '0', '1', '1', '1', '–', '0', '0', ''],
  );
  assert.deepEqual([rule!.length, row!.length, rest], [head!.length, head!.length, []]);
});

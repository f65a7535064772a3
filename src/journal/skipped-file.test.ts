import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Start } from './arguments.ts';
import type { FileHeader, KnownFile } from './file-header.ts';
import { isBeforeByName } from './skipped-file.ts';

const SEQUENCE = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);
const hex = (n: number): string => n.toString(16).padStart(16, '0');
const archive = (series: string, number: number, us: number): string =>
  `/var/log/journal/m/${series}@${SEQUENCE}-${hex(number)}-${hex(us)}.journal`;
const header = (headNumber: number, headUs: number, sequence = SEQUENCE): FileHeader => ({
  sequence,
  headNumber: BigInt(headNumber),
  tailNumber: BigInt(headNumber + 99),
  headUs,
  tailUs: headUs + 99,
  entries: 100,
  isComplete: true,
});
const cursor = (number: number, us: number, sequence = SEQUENCE): Start => ({
  kind: 'cursor',
  cursor: `s=${sequence};i=${number.toString(16)};b=${'c'.repeat(32)};m=1;t=${us.toString(16)};x=1`,
});
const next: KnownFile = { path: archive('system', 200, 2000), header: header(200, 2000) };
const active: KnownFile = { path: '/var/log/journal/m/system.journal', header: header(200, 2000) };
const renewed: KnownFile = { path: '/var/log/journal/m/system.journal', header: header(1, 2000, OTHER) };
const ofUser: KnownFile = { path: archive('user-1000', 200, 2000), header: header(200, 2000) };

const lost = archive('system', 100, 1000);
const cases: [title: string, others: KnownFile[], start: Start, expected: boolean][] = [
  ['the next file began before the place', [next], cursor(250, 2500), true],
  ['the next file begins with the entry to come', [next], cursor(199, 1999), true],
  ['the place is within the lost file', [next], cursor(150, 1500), false],
  ['the next file is the one in use', [active], cursor(250, 2500), true],
  ['there is no later file', [], cursor(250, 2500), false],
  ['the later file is that of a user, whose numbers lie between', [ofUser], cursor(250, 2500), false],
  ['the later file and the place are of a new sequence', [renewed], cursor(5, 2500, OTHER), true],
  ['the place is of another sequence, and from before', [next], cursor(5, 1500, OTHER), false],
  ['reading begins at a time after it', [next], { kind: 'since', realtimeUs: 2000 }, true],
  ['reading begins at a time within it', [next], { kind: 'since', realtimeUs: 1500 }, false],
  ['all is to be read', [next], { kind: 'head' }, false],
  ['the cursor is none', [next], { kind: 'cursor', cursor: 'x' }, false],
];

for (const [title, others, start, expected] of cases) {
  test(`a file without a header is ${expected ? '' : 'not '}known to be from before: ${title}`, () => {
    assert.equal(isBeforeByName(lost, others, start), expected);
  });
}

test('the name of a file in use tells nothing', () => {
  assert.equal(isBeforeByName('/var/log/journal/m/system.journal', [next], cursor(250, 2500)), false);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Continuity, type Hole } from './continuity.ts';
import { Decoder } from './decode.ts';

const cursor = (sequence: string, number: number): string =>
  `s=${sequence.repeat(32)};i=${number.toString(16)};b=${'b'.repeat(32)};m=1;t=1;x=1`;

/** The holes in blocks of entries, each entry given as its sequence and number: `a1`. */
function holesIn(blocks: readonly string[], areWanted = true): Hole[] {
  const continuity = new Continuity();
  return blocks.flatMap((block) => {
    const decoder = new Decoder();
    const cursors = block.split(' ').map((entry) => cursor(entry[0]!, Number(entry.slice(1))));
    decoder.push(Buffer.from(cursors.map((text) => `__CURSOR=${text}\nMESSAGE=x\n\n`).join('')));
    return continuity.note(decoder.decode(), 0, areWanted);
  });
}

test('contiguous numbers have no holes, within a Block and from one to the next', () => {
  assert.deepEqual(holesIn(['a1 a2 a3', 'a4', 'a5 a6']), []);
});

test('a hole within a Block, and one between two, are told by the entries around them', () => {
  assert.deepEqual(holesIn(['a1 a2 a5', 'a9']), [
    { before: cursor('a', 2), after: cursor('a', 5) },
    { before: cursor('a', 5), after: cursor('a', 9) },
  ]);
});

test('sequences that come mixed are followed apart', () => {
  assert.deepEqual(holesIn(['a1 b7 a2 b8', 'b9 a3']), []);
  assert.deepEqual(holesIn(['a1 b7 a2', 'b9']), [{ before: cursor('b', 7), after: cursor('b', 9) }]);
});

test('several holes in one Block come in order', () => {
  const numbers = [1, 2, 4, 5, 6, 20, 21, 30];

  const holes = holesIn([numbers.map((n) => `a${n}`).join(' ')], false);

  assert.deepEqual(
    holes,
    [
      [2, 4],
      [6, 20],
      [21, 30],
    ].map(([before, after]) => ({ before: cursor('a', before!), after: cursor('a', after!) })),
  );
});

test('numbers that go back or come twice are no holes', () => {
  assert.deepEqual(holesIn(['a5 a6 a2 a3', 'a3 a4'], false), []);
});

test('where sequences come mixed, holes are looked for only when they are suspected', () => {
  assert.deepEqual(holesIn(['a1 b7 a5 b8', 'b9 a9'], false), []);
  assert.equal(holesIn(['a1 b7 a5 b8', 'b9 a9'], true).length, 2);
});

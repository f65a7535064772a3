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

test('without being wanted no hole is told, but the place is kept', () => {
  const continuity = new Continuity();
  const note = (text: string, areWanted: boolean): number => {
    const decoder = new Decoder();
    decoder.push(Buffer.from(`__CURSOR=${text}\n\n`));
    return continuity.note(decoder.decode(), 0, areWanted).length;
  };

  assert.equal(note(cursor('a', 1), false), 0);
  assert.equal(note(cursor('a', 5), false), 0);
  assert.equal(note(cursor('a', 6), true), 0);
  assert.equal(note(cursor('a', 8), true), 1);
});

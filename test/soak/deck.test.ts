import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../support/simulated-journal.ts';
import { Deck } from './deck.ts';
import { drawMs, paceOf } from './pace.ts';

const CARDS = Array.from({ length: 20 }, (_, n) => n);

test('every card comes once before any comes again', () => {
  const deck = new Deck(CARDS, seededRandom(1));

  for (let round = 0; round < 3; round++) {
    const drawn = CARDS.map(() => deck.draw());
    assert.deepEqual(
      drawn.toSorted((a, b) => a - b),
      CARDS,
    );
    assert.notDeepEqual(drawn, CARDS);
  }
});

test('a seed decides about the order', () => {
  const drawn = [1, 1, 2].map((seed) => {
    const deck = new Deck(CARDS, seededRandom(seed));
    return CARDS.map(() => deck.draw()).join();
  });

  assert.equal(drawn[0], drawn[1]);
  assert.notEqual(drawn[0], drawn[2]);
});

test('20 minutes have time for 40 kinds of faults, 15 to 45 seconds apart', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed);
    const { between } = paceOf({ isWhole: true, minutes: 20, perSecond: 1, seed }, 40);
    let dueMs = 0;
    for (let n = 0; n < 40; n++) dueMs += drawMs(between, random);

    assert.ok(between[0] >= 15 && between[1] <= 45);
    assert.ok(dueMs < 20 * 60_000, `seed ${seed}: ${dueMs} ms`);
  }
});

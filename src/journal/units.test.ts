import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberPerUnit } from './units.ts';

/** A decision about units, and how often it was asked for. */
function counted() {
  const asked: string[] = [];
  const decide = rememberPerUnit((unit) => {
    asked.push(unit.toString('utf8'));
    return asked.length;
  }, -1);
  return { asked, decide };
}

test('decides once for each unit', () => {
  const { asked, decide } = counted();

  assert.deepEqual(['a', 'b', 'a', '', '', 'b'].map(decide), [1, 2, 1, 3, 3, 2]);
  assert.deepEqual(asked, ['a', 'b', '']);
});

test('remembers a decision that is false', () => {
  let asked = 0;
  const decide = rememberPerUnit(() => asked++ > 0, true);

  assert.deepEqual(['a', 'a'].map(decide), [false, false]);
});

test('gives the bytes of a unit', () => {
  const { asked, decide } = counted();

  decide(Buffer.from('größe').toString('latin1'));

  assert.deepEqual(asked, ['größe']);
});

test('does not even look at what is too long for a unit', () => {
  const { asked, decide } = counted();

  assert.equal(decide('x'.repeat(1025)), -1);
  assert.deepEqual(asked, []);
});

test('remembers only so many units', () => {
  const { asked, decide } = counted();

  for (let n = 0; n < 10_000; n++) decide(`u${n}`);
  decide('u9999');
  decide('u0');

  assert.equal(asked.length, 10_001);
});

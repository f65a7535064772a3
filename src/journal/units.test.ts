import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberPerUnit } from './units.ts';

/** The decision for a unit that stands in the middle of other bytes. */
function decideFor<T>(decide: (bytes: Buffer, start: number, end: number) => T, unit: string): T {
  const bytes = Buffer.from(`x${unit}y`);
  return decide(bytes, 1, bytes.length - 1);
}

/** A decision about units, and how often it was asked for. */
function counted() {
  const asked: string[] = [];
  const decide = rememberPerUnit((unit) => {
    asked.push(unit.toString('utf8'));
    return asked.length;
  }, -1);
  return { asked, decide: (unit: string) => decideFor(decide, unit) };
}

test('decides once for each unit', () => {
  const { asked, decide } = counted();

  assert.deepEqual(['a', 'b', 'a', '', '', 'b'].map(decide), [1, 2, 1, 3, 3, 2]);
  assert.deepEqual(asked, ['a', 'b', '']);
});

test('remembers a decision that is false', () => {
  let asked = 0;
  const decide = rememberPerUnit(() => asked++ > 0, true);

  assert.deepEqual(
    ['a', 'a'].map((unit) => decideFor(decide, unit)),
    [false, false],
  );
});

test('gives the bytes of a unit', () => {
  const { asked, decide } = counted();

  decide('größe');

  assert.deepEqual(asked, ['größe']);
});

test('keeps no hold of the bytes, which are written over', () => {
  const bytes = Buffer.from('a');
  const decide = rememberPerUnit((unit) => unit[0]!, -1);

  const decisions = Array.from('aba', (unit) => {
    bytes.write(unit);
    return decide(bytes, 0, 1);
  });

  assert.deepEqual(decisions, Array.from(Buffer.from('aba')));
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

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeEntry } from '../../test/support/reference/arbitraries.ts';
import type { Block } from './block.ts';
import { Decoder } from './decode.ts';
import { NAME } from './field-names.ts';

function blockOf(...entries: Record<string, string>[]): Block {
  const decoder = new Decoder();
  for (const fields of entries) {
    const written = Object.entries({ __CURSOR: 'c', ...fields });
    decoder.push(writeEntry(written.map(([name, value]) => ({ name, value: Buffer.from(value), isBinary: false }))));
  }
  return decoder.decode();
}

test('tells cursor and times of each entry', () => {
  const block = blockOf(
    { __CURSOR: 'first', __REALTIME_TIMESTAMP: '1767225600000001', __MONOTONIC_TIMESTAMP: '42' },
    { __CURSOR: 'second' },
  );

  assert.deepEqual([block.cursor(0), block.realtimeUs(0), block.monotonicUs(0)], ['first', 1_767_225_600_000_001, 42]);
  assert.deepEqual([block.cursor(1), block.realtimeUs(1), block.monotonicUs(1)], ['second', 0, 0]);
});

for (const damaged of ['', '-5', '0x10', '1e5', ' 1', '1 ', 'Infinity', '1'.repeat(400), '\u0661']) {
  test(`a time that is ${JSON.stringify(damaged.slice(0, 10))} is none`, () => {
    assert.equal(blockOf({ __REALTIME_TIMESTAMP: damaged }).realtimeUs(0), 0);
  });
}

test('finds the first field of a name in its own entry only', () => {
  const block = blockOf({ MESSAGE: 'a', A: 'b' }, { B: 'c' }, { C: 'd', MESSAGE: 'é' });

  assert.deepEqual(
    [0, 1, 2].map((i) => block.find(i, NAME.MESSAGE)).map((f) => (f < 0 ? 'none' : block.value(f).toString())),
    ['a', 'none', 'é'],
  );
  assert.equal(block.text(block.find(2, NAME.MESSAGE)), Buffer.from('é').toString('latin1'));
});

test('holds as many entries and fields as come', () => {
  const many = Array.from({ length: 3000 }, (_, n) => ({ __CURSOR: `${n}`, MESSAGE: `message ${n}`, PRIORITY: '6' }));

  const block = blockOf(...many);

  assert.equal(block.count, 3000);
  assert.deepEqual(
    many.map((_, i) => `${block.cursor(i)} ${block.text(block.find(i, NAME.MESSAGE))}`),
    many.map((_, n) => `${n} message ${n}`),
  );
});

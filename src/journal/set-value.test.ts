import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf } from '../../test/support/block-of.ts';
import { CARE } from './block.ts';

const MESSAGE = 1;
const X = 2;

test('a value that fits takes the place of the old one', () => {
  const block = blockOf({ MESSAGE: 'password', X: 'x' });
  const { bytes } = block;
  const raw = block.rawBytes[0];

  block.setValue(0, MESSAGE, Buffer.from('pass'));

  assert.deepEqual([block.text(MESSAGE), block.text(X), block.cursor(0)], ['pass', 'x', 'c']);
  assert.equal(block.bytes, bytes);
  assert.equal(block.rawBytes[0], raw);
});

test('a value that is longer is put elsewhere, and the others stay', () => {
  const block = blockOf({ MESSAGE: 'm', X: 'x' }, { MESSAGE: 'n', X: 'y' });
  const raw = block.rawBytes[1]!;

  for (let length = 2; length < 100_000; length *= 3) block.setValue(1, MESSAGE + 3, Buffer.alloc(length, 'l'));
  block.setValue(0, X, Buffer.from('longer'));

  assert.equal(block.value(MESSAGE + 3).toString(), 'l'.repeat(block.value(MESSAGE + 3).length));
  assert.deepEqual([block.text(MESSAGE), block.text(X), block.text(X + 3)], ['m', 'longer', 'y']);
  assert.deepEqual([block.cursor(0), block.cursor(1)], ['c', 'c']);
  assert.equal(block.rawBytes[1], raw - 1 + block.value(MESSAGE + 3).length);
});

test('words can be read up to the end of every value and beyond', () => {
  const block = blockOf({ MESSAGE: '', X: '' });

  block.setValue(0, MESSAGE, Buffer.from('äbc'));

  assert.equal(block.view.byteLength, block.bytes.length);
  assert.equal(block.view.getUint8(block.start[MESSAGE]! + 2), 0x62);
  block.view.getBigInt64(block.end[MESSAGE]!, true);
});

const cares = [
  ['plain', CARE.NONE],
  ['', CARE.NONE],
  ['a"b', CARE.ESCAPE],
  ['a\\b', CARE.ESCAPE],
  ['a\nb', CARE.ESCAPE],
  ['a\x7fb', CARE.ESCAPE],
  ['ä', CARE.NON_ASCII],
  ['ä\t', CARE.NON_ASCII | CARE.ESCAPE],
] as const;

for (const [value, care] of cares) {
  test(`knows what is special about ${JSON.stringify(value)}`, () => {
    const block = blockOf({ MESSAGE: 'ä"' });

    block.setValue(0, MESSAGE, Buffer.from(value));

    assert.equal(block.care[MESSAGE], care);
  });
}

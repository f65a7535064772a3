import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCursor } from './cursor.ts';

const id = '0123456789abcdef0123456789abcdef';
const good = `s=${id};i=1f;b=${id};m=4ecfc8;t=647484627dd38;x=f0a8bdf660db5b5c`;

test('takes a cursor apart', () => {
  assert.deepEqual(parseCursor(good), { sequence: id, number: 31n, realtimeUs: 0x647484627dd38 });
});

test('sequence numbers keep all their digits', () => {
  assert.equal(parseCursor(good.replace('i=1f', 'i=ffffffffffffffff'))?.number, 0xffff_ffff_ffff_ffffn);
});

test('parts that a later systemd may add do no harm', () => {
  assert.equal(parseCursor(`${good};q=1`)?.number, 31n);
});

for (const cursor of [
  '',
  'x',
  'tail',
  good.replace('i=1f', 'i='),
  good.replace('i=1f', 'i=1g'),
  good.replace('i=1f;', ''),
  good.replace('t=647484627dd38;', ''),
  good.replace(`s=${id}`, 's=12'),
  good.replace(`b=${id}`, 'b=12'),
  good.replace('i=1f', 'i=1ffffffffffffffff'),
  good.replace('m=4ecfc8', 'm=-1'),
  good.replaceAll(';', ','),
  `${good};`,
  ` ${good}`,
  `${good}\n`,
]) {
  test(`${JSON.stringify(cursor)} is no cursor`, () => {
    assert.equal(parseCursor(cursor), undefined);
  });
}

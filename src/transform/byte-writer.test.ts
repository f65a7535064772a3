import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { viewOf } from '../journal/block.ts';
import { ByteWriter, copyWords } from './byte-writer.ts';

test('keeps all that is written, whatever its length', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 50 })),
      fc.integer({ min: 1, max: 20 }),
      (texts, size) => {
        const writer = new ByteWriter(size);

        for (const text of texts) writer.write(text);

        assert.equal(writer.bytes.toString('utf8', 0, writer.length), texts.join(''));
      },
    ),
  );
});

test('copies by words just what was asked for, at any place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(20), fc.nat(20), (bytes, before, at) => {
      const from = Buffer.concat([Buffer.alloc(before, 1), bytes, Buffer.alloc(8, 2)]);
      const writer = new ByteWriter(1);
      writer.write('.'.repeat(at));
      writer.ensure(bytes.length);

      writer.length = copyWords(viewOf(from), before, before + bytes.length, writer.view, writer.length);

      assert.deepEqual(
        Buffer.from(writer.bytes.subarray(0, writer.length)),
        Buffer.concat([Buffer.alloc(at, '.'), bytes]),
      );
    }),
  );
});

test('gives back what one huge entry took, and keeps what is ordinary', () => {
  const writer = new ByteWriter();
  const ordinary = writer.bytes;
  writer.write('x');
  writer.reset();
  assert.deepEqual([writer.length, writer.bytes], [0, ordinary]);

  writer.ensure(20_000_000);
  writer.reset();

  assert.ok(writer.bytes.length < 1e6);
});

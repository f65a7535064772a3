import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';

const ofKafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (b: Buffer) => number;

for (const { what, bytes, wanted } of [
  { what: 'nothing', bytes: Buffer.alloc(0), wanted: 0 },
  { what: '123456789', bytes: Buffer.from('123456789'), wanted: 0xe3069283 },
  { what: '32 zeros', bytes: Buffer.alloc(32), wanted: 0x8a9136aa },
  { what: '32 bytes of ones', bytes: Buffer.alloc(32, 0xff), wanted: 0x62a8ab43 },
]) {
  test(`the checksum of ${what} is that of RFC 3720`, () => {
    assert.equal(crc32c(bytes), wanted);
  });
}

test('is the checksum that kafkajs makes, wherever the bytes lie', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 16 }), (bytes, offset) => {
      const lying = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset);

      assert.equal(crc32c(lying), ofKafkajs(lying));
    }),
  );
});

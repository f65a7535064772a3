import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openEnvelope } from '../../test/support/open-envelope.ts';
import { EnvelopeOpener } from '../cli/decrypt/envelope-opener.ts';
import { ByteWriter } from './byte-writer.ts';
import { createEncryption, Sealer } from './seal.ts';

const KEY = Buffer.from('0f'.repeat(32), 'hex');
const encryption = createEncryption({ key: KEY.toString('base64'), key_id: 'k "1"' });
const opener = () => new EnvelopeOpener([createSecretKey(KEY)]);

/** The envelope of a payload, its newline not included. */
function sealed(payload: Uint8Array, sealer = new Sealer(encryption)): Buffer {
  const out = new ByteWriter(16);
  out.write('a head\n');
  const from = out.length;
  out.ensure(payload.length + 1);
  out.bytes.set(payload, from);
  out.length += payload.length;
  out.bytes[out.length++] = 0x0a;
  sealer.seal(out, from);
  assert.equal(out.bytes.toString('latin1', 0, from), 'a head\n');
  assert.equal(out.bytes[out.length - 1], 0x0a);
  return Buffer.from(out.bytes.subarray(from, out.length - 1));
}

test('any bytes come back, from a line of JSON that names the key', () => {
  const sealer = new Sealer(encryption);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000, size: 'max' }), (payload) => {
      const envelope = sealed(payload, sealer);

      const {
        key_id,
        algorithm,
        journalbridge_envelope: version,
      } = JSON.parse(envelope.toString()) as Record<string, unknown>;
      assert.deepEqual([version, algorithm, key_id], [1, 'aes-256-gcm', 'k "1"']);
      assert.ok(!envelope.includes(0x0a));
      assert.deepEqual(opener().open(envelope), Buffer.from(payload));
      assert.deepEqual(openEnvelope(envelope.toString(), KEY), Buffer.from(payload), 'by plain calls of node:crypto');
    }),
  );
});

test('any bit that is flipped is noticed', () => {
  const known = opener();
  const sealer = new Sealer(encryption);
  known.open(sealed(Buffer.from('so that the salt is known'), sealer));
  for (const payload of ['', 'x', 'xy', '{"MESSAGE":"x"}']) {
    const envelope = sealed(Buffer.from(payload), sealer);
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const changed = Buffer.from(envelope);
      changed[bit >> 3]! ^= 1 << (bit & 7);

      assert.throws(() => known.open(changed), /^Error: (is|was) /, changed.toString());
    }
  }
});

test('no nonce comes twice with one salt, and salts change', () => {
  const sealer = new Sealer(encryption, 1000);
  const nonces = new Map<string, Set<string>>();

  for (let n = 0; n < 5000; n++) {
    const { salt, nonce } = JSON.parse(sealed(Buffer.from('x'), sealer).toString()) as Record<'salt' | 'nonce', string>;
    nonces.set(salt, (nonces.get(salt) ?? new Set()).add(nonce));
  }

  assert.deepEqual(
    Array.from(nonces.values(), ({ size }) => size),
    [1000, 1000, 1000, 1000, 1000],
  );
});

test('the nonce goes on from its greatest value', () => {
  const sealer = new Sealer(encryption);
  sealed(Buffer.from('x'), sealer);
  const parts = sealer as unknown as { counter: number };
  parts.counter = 2 ** 48 - 2;

  const nonces = [1, 2, 3].map(
    () => (JSON.parse(sealed(Buffer.from('x'), sealer).toString()) as { nonce: string }).nonce,
  );

  const ends = nonces.map((nonce) => Buffer.from(nonce, 'base64').toString('hex', 6));
  assert.deepEqual(ends, ['ffffffffffff', '000000000000', '000000000001']);
});

test('two sealers have salts of their own', () => {
  const salts = Array.from(
    { length: 50 },
    () => (JSON.parse(sealed(Buffer.from('x')).toString()) as { salt: string }).salt,
  );

  assert.equal(new Set(salts).size, 50);
});

test('an encryption as JSON shows nothing of its key', () => {
  const text = JSON.stringify(encryption);

  for (const spelling of ['hex', 'base64', 'base64url'] as const) assert.ok(!text.includes(KEY.toString(spelling)));
  assert.deepEqual(Object.keys(JSON.parse(text) as object), ['keyId', 'fingerprint', 'key']);
  assert.notEqual(
    encryption.fingerprint,
    createEncryption({ key: randomBytes(32).toString('hex'), key_id: 'k' }).fingerprint,
  );
});

interface Vector {
  readonly key: string;
  readonly payload: string;
  readonly envelope: string;
}

const page = readFileSync(join(import.meta.dirname, '../../docs/protocols.md'), 'utf8');
const vectors = JSON.parse(/Test vectors[^`]*```json\n([^`]*)```/.exec(page)![1]!) as Vector[];

for (const { key, payload, envelope } of vectors) {
  test(`the documented vector of ${JSON.stringify(payload)} holds`, () => {
    const own = new EnvelopeOpener([createSecretKey(key, 'hex')]).open(Buffer.from(envelope));

    assert.equal(own.toString(), payload);
    assert.equal(openEnvelope(envelope, Buffer.from(key, 'hex')).toString(), payload);
  });
}

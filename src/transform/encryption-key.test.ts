import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprintOf, parseEncryptionKey } from './encryption-key.ts';

const bytes = Buffer.from(Array.from({ length: 32 }, (_, n) => 251 - n));

for (const [title, text] of [
  ['hexadecimal digits', bytes.toString('hex')],
  ['hexadecimal digits in upper case', bytes.toString('hex').toUpperCase()],
  ['base64', bytes.toString('base64')],
  ['base64 without padding', bytes.toString('base64').replace('=', '')],
  ['base64 for addresses', bytes.toString('base64url')],
  ['base64 with space around it', ` ${bytes.toString('base64')}\n`],
] as const) {
  test(`a key may be ${title}`, () => {
    const key = parseEncryptionKey(text);

    assert.deepEqual(key.export(), bytes);
    assert.ok(!bytes.toString('hex').includes(fingerprintOf(key)));
  });
}

for (const [title, text] of [
  ['nothing', ''],
  ['a password', 'correct-horse-battery'],
  ['16 bytes', bytes.toString('base64', 0, 16)],
  ['33 bytes', Buffer.concat([bytes, bytes]).toString('base64', 0, 33)],
  ['63 digits', bytes.toString('hex').slice(1)],
  ['65 digits', `${bytes.toString('hex')}0`],
  ['other characters', `${bytes.toString('base64').slice(0, -2)}!=`],
] as const) {
  test(`${title} is no key, and is not shown`, () => {
    assert.throws(
      () => parseEncryptionKey(text),
      (error: Error) => error.message.startsWith('must be 32 bytes') && (text === '' || !error.message.includes(text)),
    );
  });
}

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Place } from '../integration/place.ts';
import { command } from './command.ts';

export const ENCRYPTION_KEY = Buffer.from('5a17'.repeat(16), 'hex');

/** A place with a key in a file, and what a sender there has as `encrypt`. */
export async function makeEncryptedPlace() {
  const place = await Place.make();
  const keyFile = join(place.path, 'key');
  await writeFile(keyFile, ENCRYPTION_KEY.toString('base64'));
  return { place, keyFile, encrypt: { algorithm: 'aes-256-gcm', key: { file: keyFile }, key_id: 'k1' } };
}

/** The lines that `journalbridge decrypt` makes of envelopes, which must be all good and show nothing of what is in them. */
export async function decrypted(place: Place, keyFile: string, envelopes: readonly string[]): Promise<string[]> {
  assert.ok(envelopes.every((line) => !line.includes('MESSAGE')));
  const file = join(place.path, 'envelopes');
  await writeFile(file, envelopes.map((line) => `${line}\n`).join(''));
  const { code, stdout, stderr } = await command(['decrypt', '--key', keyFile, file]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout.split('\n').slice(0, -1);
}

import { createDecipheriv, hkdfSync } from 'node:crypto';

/** Opens an envelope by what docs/protocols.md says, with none of the product's code. Throws when it was changed. */
export function openEnvelope(line: string, key: Buffer): Buffer {
  const envelope = JSON.parse(line) as Record<string, string | number>;
  const bytesOf = (member: string) => Buffer.from(String(envelope[member]), 'base64');
  const subkey = Buffer.from(hkdfSync('sha256', key, bytesOf('salt'), 'journalbridge envelope 1', 32));
  const decipher = createDecipheriv('aes-256-gcm', subkey, bytesOf('nonce'));
  decipher.setAAD(Buffer.from(`journalbridge envelope 1\naes-256-gcm\n${envelope['key_id']}`));
  decipher.setAuthTag(bytesOf('tag'));
  return Buffer.concat([decipher.update(bytesOf('ciphertext')), decipher.final()]);
}

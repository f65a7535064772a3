import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;
const FINGERPRINT_BYTES = 16;

/** Reads a key: 32 bytes as base64 or hexadecimal digits. Throws an Error with words that show nothing of it. */
export function parseEncryptionKey(text: string): KeyObject {
  const written = text.trim();
  const bytes = Buffer.from(written, HEX.test(written) ? 'hex' : 'base64');
  if ((!HEX.test(written) && !BASE64.test(written)) || bytes.length !== 32)
    throw new Error('must be 32 bytes as base64 or as 64 hexadecimal digits, got something else');
  return createSecretKey(bytes);
}

/** Tells keys apart, and tells nothing of them. */
export function fingerprintOf(key: KeyObject): string {
  return Buffer.from(hkdfSync('sha256', key, '', 'journalbridge key fingerprint', FINGERPRINT_BYTES)).toString('hex');
}

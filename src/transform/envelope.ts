import { hkdfSync, type KeyObject } from 'node:crypto';
import { isJsonObject } from '../config/walk.ts';

/** The only algorithm there is: AES with a key of 256 bits in Galois/Counter Mode. */
export const ALGORITHM = 'aes-256-gcm';

/** The member that says what the object is; its value is the version. */
export const ENVELOPE = 'journalbridge_envelope';
export const VERSION = 1;

export const SALT_BYTES = 24;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

const KEY_BYTES = 32;
const INFO = `journalbridge envelope ${VERSION}`;

/** The key that payloads with this salt are encrypted with (docs/protocols.md). */
export function subkeyOf(key: KeyObject, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, INFO, KEY_BYTES));
}

/** What is authenticated besides the payload. */
export function associatedData(keyId: string): Buffer {
  return Buffer.from(`${INFO}\n${ALGORITHM}\n${keyId}`);
}

/** An envelope taken apart; nothing of it is authenticated yet. */
export interface Envelope {
  readonly keyId: string;
  readonly salt: Buffer;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** Reads a line without its newline; other members than those of an envelope are passed over. Throws an Error with words. */
export function readEnvelope(line: Buffer): Envelope {
  const value = parsed(line);
  if (!isJsonObject(value) || !Object.hasOwn(value, ENVELOPE)) throw new Error('is no envelope');
  if (value[ENVELOPE] !== VERSION) throw new Error('is an envelope of a version that is not known here');
  if (value['algorithm'] !== ALGORITHM) throw new Error('is encrypted by an algorithm that is not known here');
  const { key_id: keyId } = value;
  if (typeof keyId !== 'string') throw new Error('is an envelope without "key_id"');
  return {
    keyId,
    salt: bytesOf(value, 'salt', SALT_BYTES),
    nonce: bytesOf(value, 'nonce', NONCE_BYTES),
    ciphertext: bytesOf(value, 'ciphertext'),
    tag: bytesOf(value, 'tag', TAG_BYTES),
  };
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined; // a line of text, or one that was changed or cut off
  }
}

/** What a member holds; only the one spelling that base64 gives to bytes is taken, or a changed bit could go unnoticed. */
function bytesOf(value: Readonly<Record<string, unknown>>, key: string, size?: number): Buffer {
  const text = value[key];
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  const isRight = bytes?.toString('base64') === text && (size === undefined || bytes?.length === size);
  if (bytes === undefined || !isRight) throw new Error(`is an envelope whose "${key}" is missing or was changed`);
  return bytes;
}

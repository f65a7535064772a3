import { createCipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { ByteWriter } from './byte-writer.ts';
import { fingerprintOf, parseEncryptionKey } from './encryption-key.ts';
import {
  ALGORITHM,
  associatedData,
  ENVELOPE,
  NONCE_BYTES,
  SALT_BYTES,
  subkeyOf,
  TAG_BYTES,
  VERSION,
} from './envelope.ts';

/** With what a sender's payloads are encrypted. As JSON it tells nothing of the key. */
export interface Encryption {
  readonly keyId: string;
  /** Not the key: tells it from others. */
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/** Makes an Encryption of what the config says. Throws an Error with words when the key is none. */
export function createEncryption({ key, key_id: keyId }: { key: string; key_id: string }): Encryption {
  const parsed = parseEncryptionKey(key);
  return { keyId, fingerprint: fingerprintOf(parsed), key: parsed };
}

/** So many payloads share a salt, and with it a key of their own: far below what GCM can bear. */
const PAYLOADS_PER_SALT = 2 ** 20;
const COUNTER_BYTES = 6;
const COUNTER_AT = NONCE_BYTES - COUNTER_BYTES;
const AFTER_NONCE = '","ciphertext":"';
const AFTER_CIPHERTEXT = '","tag":"';
const END = '"}\n';

/**
 * Puts payloads into envelopes (docs/protocols.md). No nonce comes twice under one key: the key is derived with a fresh
 * random salt, and the nonce is counted up.
 */
export class Sealer {
  private readonly encryption: Encryption;
  private readonly payloadsPerSalt: number;
  private readonly associated: Buffer;
  private readonly nonce = Buffer.alloc(NONCE_BYTES);
  private subkey: Buffer | undefined;
  private start = '';
  private left = 0;
  private counter = 0;

  constructor(encryption: Encryption, payloadsPerSalt = PAYLOADS_PER_SALT) {
    this.encryption = encryption;
    this.payloadsPerSalt = payloadsPerSalt;
    this.associated = associatedData(encryption.keyId);
  }

  /** Replaces the line that begins at `from` and ends with the newline at the end of `out` by its envelope. */
  seal(out: ByteWriter, from: number): void {
    if (this.left === 0) this.renew();
    this.left--;
    this.count();
    const cipher = createCipheriv(ALGORITHM, this.subkey!, this.nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.associated);
    const ciphertext = cipher.update(out.bytes.subarray(from, out.length - 1));
    cipher.final();
    out.length = from;
    out.write(this.start);
    out.ensure(Math.ceil(ciphertext.length / 3) * 4 + 128);
    const to = out.bytes;
    let o = out.length;
    o += to.write(this.nonce.toString('base64') + AFTER_NONCE, o, 'latin1');
    o += to.write(ciphertext.toString('base64'), o, 'latin1');
    o += to.write(AFTER_CIPHERTEXT + cipher.getAuthTag().toString('base64') + END, o, 'latin1');
    out.length = o;
  }

  /** Takes a new salt, and with it another key and another nonce to begin with. */
  private renew(): void {
    const { key, keyId } = this.encryption;
    const salt = randomBytes(SALT_BYTES);
    this.subkey = subkeyOf(key, salt);
    const said = `"${ENVELOPE}":${VERSION},"algorithm":"${ALGORITHM}","key_id":${JSON.stringify(keyId)}`;
    this.start = `{${said},"salt":"${salt.toString('base64')}","nonce":"`;
    randomBytes(NONCE_BYTES).copy(this.nonce);
    this.counter = this.nonce.readUIntBE(COUNTER_AT, COUNTER_BYTES);
    this.left = this.payloadsPerSalt;
  }

  private count(): void {
    this.counter = (this.counter + 1) % 2 ** (8 * COUNTER_BYTES);
    this.nonce.writeUIntBE(this.counter, COUNTER_AT, COUNTER_BYTES);
  }
}

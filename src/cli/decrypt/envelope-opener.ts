import { createDecipheriv, type KeyObject } from 'node:crypto';
import {
  ALGORITHM,
  associatedData,
  readEnvelope,
  subkeyOf,
  TAG_BYTES,
  type Envelope,
} from '../../transform/envelope.ts';

/** Subkeys are kept for so many salts; a daemon takes a new one for each start and each million payloads. */
const MAX_SALTS = 1024;

/** Opens envelopes with whichever of some keys fits. */
export class EnvelopeOpener {
  private readonly keys: readonly KeyObject[];
  /** By salt, the subkeys that have opened something. */
  private readonly subkeys = new Map<string, Buffer>();

  constructor(keys: readonly KeyObject[]) {
    this.keys = keys;
  }

  /** The payload in an envelope, both without newline. Throws an Error with words that go on after "this line". */
  open(line: Buffer): Buffer {
    const envelope = readEnvelope(line);
    const salt = envelope.salt.toString('latin1');
    const known = this.subkeys.get(salt);
    if (known !== undefined) {
      const payload = decrypted(envelope, known);
      if (payload === undefined) throw new Error('was changed');
      return payload;
    }
    for (const key of this.keys) {
      const subkey = subkeyOf(key, envelope.salt);
      const payload = decrypted(envelope, subkey);
      if (payload === undefined) continue;
      if (this.subkeys.size >= MAX_SALTS) this.subkeys.clear();
      this.subkeys.set(salt, subkey);
      return payload;
    }
    const none = this.keys.length === 1 ? 'another key than the one given' : 'none of the keys given';
    throw new Error(`was encrypted with ${none}, or was changed (it says key id ${JSON.stringify(envelope.keyId)})`);
  }
}

/** Undefined when it is not what was encrypted with this key. */
function decrypted({ keyId, nonce, ciphertext, tag }: Envelope, subkey: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(ALGORITHM, subkey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(keyId)).setAuthTag(tag);
  const payload = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch {
    return undefined; // the tag is wrong, which is all that OpenSSL can say
  }
  return payload;
}

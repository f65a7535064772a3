import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { StateError } from '../errors.ts';

/** What stands at the end: the CRC-32 of all before it, and its length in bytes. */
const END = /,\n {2}"checksum": "([0-9a-f]{8})\/(\d+)"\n\}\n?$/;

/** The object as text, with a checksum of it as the last key. It must have a key. */
export function withChecksum(value: object): string {
  const body = JSON.stringify(value, undefined, 2).slice(0, -'\n}'.length);
  return `${body},\n  "checksum": "${checksumOf(body)}/${Buffer.byteLength(body)}"\n}\n`;
}

/**
 * The text of a file that was written so. Throws StateError when a bit of it has changed. Without a checksum, or with
 * another length, somebody has written it by hand, who may.
 */
export function checkedText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new StateError('it is damaged: it is no UTF-8');
  const text = bytes.toString('utf8');
  const [found, checksum, length] = END.exec(text) ?? [];
  if (found === undefined) return text;
  const body = text.slice(0, -found.length);
  if (Buffer.byteLength(body) === Number(length) && checksumOf(body) !== checksum) {
    throw new StateError(
      'it is damaged: it does not fit its "checksum" (whoever has changed it by hand may remove that line)',
    );
  }
  return text;
}

/** The CRC-32 of a text, as eight digits. */
export function checksumOf(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}

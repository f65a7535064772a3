import { isUtf8 } from 'node:buffer';
import { pythonInt, pythonRepr, pythonSeconds, pythonUuid } from './python.ts';
import { KIND, type Format } from './format.ts';

const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const EIGHT = 0x38;
const DASH = 0x2d;
const BACKSLASH = 0x5c;
const NULL = Buffer.from('null');
const HEX = Buffer.from('0123456789abcdef');

/** The letter after the backslash for each byte that JSON escapes; `u` stands for `\u00XX`; 0 for bytes as they are. */
const ESCAPE_OF = Uint8Array.from({ length: 256 }, (_, c) => {
  const short: Record<number, string> = { 8: 'b', 9: 't', 10: 'n', 12: 'f', 13: 'r', 0x22: '"', 0x5c: '\\' };
  const letter = short[c] ?? (c < 0x20 || c === 0x7f ? 'u' : '');
  return letter === '' ? 0 : letter.charCodeAt(0);
});

// Parameters of the functions that are called for each field stay parameters: objects for them cost more than the work.

/** Copies a few bytes, which is faster one by one than by a native call; returns where they end. */
// eslint-disable-next-line max-params -- hot
export function copyShort(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let o = at;
  for (let s = start; s < end; s++) to[o++] = from[s]!;
  return o;
}

/** Writes ASCII text, or UTF-8 as it stands, with JSON's escapes and without quotes; returns where it ends (at most 6 for 1). */
// eslint-disable-next-line max-params -- hot
export function writeEscaped(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  let o = at;
  for (let s = start; s < end; s++) {
    const c = from[s]!;
    const escape = ESCAPE_OF[c]!;
    if (escape === 0) to[o++] = c;
    else {
      to[o++] = BACKSLASH;
      to[o++] = escape;
      if (escape === 0x75) {
        to[o++] = ZERO;
        to[o++] = ZERO;
        to[o++] = HEX[c >> 4]!;
        to[o++] = HEX[c & 15]!;
      }
    }
  }
  return o;
}

/** Writes a value of any kind as JSON; returns where it ends. There must be room for 6 bytes for each and 16 more. */
// eslint-disable-next-line max-params -- hot
export function writeValue(
  format: Format,
  kind: number,
  from: Buffer,
  start: number,
  end: number,
  to: Buffer,
  at: number,
): number {
  if (kind === KIND.INTEGER && isPlainInteger(from, start, end)) return copyShort(from, start, end, to, at);
  if (kind === KIND.SECONDS && isPlainMicroseconds(from, start, end)) return writeSeconds(from, start, to, at);
  if (kind === KIND.UUID && isPlainHex(from, start, end)) return writeUuid(from, start, to, at);
  if (kind === KIND.NULL) return copyShort(NULL, 0, NULL.length, to, at);
  return at + to.write(valueText(format, kind, from.subarray(start, end)), at);
}

/** The JSON text of a value, the plain way that the fast ones above must equal. */
export function valueText(format: Format, kind: number, value: Buffer): string {
  const converted = convertedText(kind, value);
  if (converted !== undefined) return converted;
  if (isUtf8(value)) return format.json(value.toString('utf8'));
  return format.binary === 'array' ? `[${value.join(',')}]` : JSON.stringify(pythonRepr(value));
}

/** The JSON text of a value that its kind makes other than text of; undefined where it stays text. */
export function convertedText(kind: number, value: Buffer): string | undefined {
  if (kind === KIND.TEXT) return undefined;
  if (kind === KIND.NULL) return 'null';
  const text = value.toString('latin1');
  if (kind === KIND.INTEGER) return pythonInt(text);
  if (kind === KIND.SECONDS) return pythonSeconds(text);
  const uuid = pythonUuid(text);
  return uuid === undefined ? undefined : `"${uuid}"`;
}

/** Decimal digits without a leading zero. */
export function isPlainInteger(from: Buffer, start: number, end: number): boolean {
  if (end === start || (from[start] === ZERO && end - start > 1)) return false;
  for (let s = start; s < end; s++) if (from[s]! - ZERO > 9 || from[s]! < ZERO) return false;
  return true;
}

// Up to 2^33 seconds (the year 2242) neighbouring doubles are less than a µs apart: the shortest text of the seconds is
// these very digits, so they can be copied.
function isPlainMicroseconds(from: Buffer, start: number, end: number): boolean {
  return end - start === 16 && from[start]! < EIGHT && isPlainInteger(from, start, end);
}

function writeSeconds(from: Buffer, start: number, to: Buffer, at: number): number {
  let o = copyShort(from, start, start + 10, to, at);
  to[o++] = DOT;
  o = copyShort(from, start + 10, start + 16, to, o);
  while (to[o - 1] === ZERO && to[o - 2] !== DOT) o--;
  return o;
}

function isPlainHex(from: Buffer, start: number, end: number): boolean {
  if (end - start !== 32) return false;
  for (let s = start; s < end; s++) {
    const c = from[s]!;
    if (c < ZERO || c > 0x66 || (c > 0x39 && c < 0x61)) return false;
  }
  return true;
}

function writeUuid(from: Buffer, start: number, to: Buffer, at: number): number {
  let o = at;
  to[o++] = QUOTE;
  for (let i = 0; i < 32; i++) {
    if (i === 8 || i === 12 || i === 16 || i === 20) to[o++] = DASH;
    to[o++] = from[start + i]!;
  }
  to[o++] = QUOTE;
  return o;
}

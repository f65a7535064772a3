import type { Field } from '../export-stream.ts';

const RECORD_START = '\n__CURSOR=';
const MAX_NAME_BYTES = 256;
const MAX_VALUE_BYTES = 0x4000_0000n;

/**
 * The entries that can be had of a damaged export text. What is no field ends the record that it is in; the next one
 * begins with the next line that begins with `__CURSOR=`. A cursor in the middle of a record begins another one.
 */
export function salvage(text: Buffer): Field[][] {
  const records: Field[][] = [];
  let fields: Field[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === 0x0a) {
      if (fields.length > 0) records.push(fields);
      fields = [];
      at++;
      continue;
    }
    const found = fieldAt(text, at);
    if (found === 'incomplete') break;
    const isCursor = found !== 'no field' && found.name === '__CURSOR';
    if (found === 'no field' || (fields.length === 0 && !isCursor)) {
      const next = text.indexOf(RECORD_START, Math.max(0, at - 1));
      if (next < 0) break;
      fields = [];
      at = next + 1;
      continue;
    }
    if (isCursor) fields = [];
    if (found.value === undefined) break;
    fields.push([found.name, found.value]);
    at = found.end;
  }
  return records;
}

interface Found {
  readonly name: string;
  /** Undefined when its end is missing. */
  readonly value?: Buffer;
  readonly end: number;
}

function fieldAt(text: Buffer, at: number): Found | 'no field' | 'incomplete' {
  const name = /^[A-Z0-9_]*/.exec(text.toString('latin1', at, at + MAX_NAME_BYTES + 1))![0];
  if (name.length === 0 || name.length > MAX_NAME_BYTES) return 'no field';
  const after = at + name.length;
  if (after >= text.length) return 'incomplete';
  if (text[after] === 0x3d) {
    const newline = text.indexOf('\n', after);
    return newline < 0 ? { name, end: 0 } : { name, value: text.subarray(after + 1, newline), end: newline + 1 };
  }
  return text[after] === 0x0a ? binaryFieldAt(text, name, after + 1) : 'no field';
}

function binaryFieldAt(text: Buffer, name: string, lengthAt: number): Found | 'no field' {
  if (lengthAt + 8 > text.length) return { name, end: 0 };
  const length = text.readBigUInt64LE(lengthAt);
  // journald itself stores no value as large as that.
  if (length > MAX_VALUE_BYTES) return 'no field';
  const end = lengthAt + 8 + Number(length);
  if (end >= text.length) return { name, end: 0 };
  if (text[end] !== 0x0a) return 'no field';
  return { name, value: text.subarray(lengthAt + 8, end), end: end + 1 };
}

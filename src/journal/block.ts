import { FieldNames, NAME } from './field-names.ts';

/** What a value's bytes hold, so that an encoder knows what it may copy as it stands. */
export const CARE = {
  /** Printable ASCII without `"` and `\`. */
  NONE: 0,
  /** ASCII with `"`, `\` or control characters. */
  ESCAPE: 1,
  /** Bytes from 0x80 on: UTF-8, or not. */
  NON_ASCII: 2,
} as const;

/** What is special about an entry. */
export const ENTRY = {
  /** A name is there twice, or two names differ by leading underscores only. */
  REPEATS: 1,
  /** Larger than the decoder keeps: values are cut, `rawBytes` is the whole size. */
  CUT: 2,
} as const;

const INITIAL_FIELDS = 4096;
const INITIAL_ENTRIES = 256;

/**
 * The entries of one chunk of journalctl's output: the bytes, and tables of where each field lies. Entry i has the
 * fields `firstField[i]` up to `firstField[i + 1]`; field f is named `name[f]` and its value is `bytes[start[f], end[f])`.
 * The first field of every entry is its `__CURSOR`. A Block is good until its decoder makes the next one.
 */
export class Block {
  bytes: Buffer = Buffer.alloc(0);
  /** The same bytes, to be read by words; reaches at least 8 bytes further than any value. */
  view = new DataView(new ArrayBuffer(0));
  names = new FieldNames();
  count = 0;
  firstField = new Uint32Array(INITIAL_ENTRIES);
  flags = new Uint8Array(INITIAL_ENTRIES);
  rawBytes = new Float64Array(INITIAL_ENTRIES);
  name = new Uint16Array(INITIAL_FIELDS);
  start = new Uint32Array(INITIAL_FIELDS);
  end = new Uint32Array(INITIAL_FIELDS);
  care = new Uint8Array(INITIAL_FIELDS);

  /** The cursor of entry i. */
  cursor(i: number): string {
    return this.text(this.firstField[i]!);
  }

  /** The time of entry i in µs since 1970; 0 when it has none. */
  realtimeUs(i: number): number {
    return this.digits(i, NAME.REALTIME);
  }

  /** The time of entry i in µs since its boot; 0 when it has none. */
  monotonicUs(i: number): number {
    return this.digits(i, NAME.MONOTONIC);
  }

  /** The first field of entry i with this name, or -1. */
  find(i: number, nameId: number): number {
    const end = this.firstField[i + 1]!;
    for (let f = this.firstField[i]!; f < end; f++) if (this.name[f] === nameId) return f;
    return -1;
  }

  /** The value of field f as bytes, not copied. */
  value(f: number): Buffer {
    return this.bytes.subarray(this.start[f], this.end[f]);
  }

  /** The value of field f as text, one character a byte. */
  text(f: number): string {
    return this.bytes.toString('latin1', this.start[f], this.end[f]);
  }

  growFields(): void {
    this.name = doubled(this.name);
    this.start = doubled(this.start);
    this.end = doubled(this.end);
    this.care = doubled(this.care);
  }

  growEntries(): void {
    this.firstField = doubled(this.firstField);
    this.flags = doubled(this.flags);
    this.rawBytes = doubled(this.rawBytes);
  }

  private digits(i: number, nameId: number): number {
    const f = this.find(i, nameId);
    const text = f < 0 ? '' : this.text(f);
    return /^\d{1,20}$/.test(text) ? Number(text) : 0;
  }
}

function doubled<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: T): T {
  const bigger = new (array.constructor as new (length: number) => T)(array.length * 2);
  bigger.set(array);
  return bigger;
}

import { FieldNames, NAME } from './field-names.ts';

/** What a value's bytes hold, so that an encoder knows what it may copy as it stands. */
export const CARE = {
  /** Printable ASCII without `"` and `\`. */
  NONE: 0,
  /** ASCII with `"`, `\` or control characters. */
  ESCAPE: 1,
  /** Bytes from 0x80 on: UTF-8, or not. */
  NON_ASCII: 2,
  /** Only the beginning of the value is there (a flag beside the others, in entries with ENTRY.CUT). */
  CUT: 8,
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
/** A spill buffer that one huge value has blown up beyond this is given back. */
const KEEP_SPILL_BYTES = 4 * 1024 * 1024;
/** A cursor ends with a hash, so that these tell most others apart at little cost. */
const QUICK_BYTES = 4;
/** What `view` reaches further than the values. */
const SLACK = 16;

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
  /** Takes the place of the decoder's bytes when a value grows: a copy of them with room behind. */
  private spill = Buffer.alloc(0);
  private spillEnd = 0;

  /** The cursor of entry i. */
  cursor(i: number): string {
    return this.text(this.firstField[i]!);
  }

  /** Whether entry i has this cursor. */
  hasCursor(i: number, cursor: Buffer): boolean {
    const f = this.firstField[i]!;
    const start = this.start[f]!;
    const end = this.end[f]!;
    if (end - start !== cursor.length) return false;
    for (let n = 1; n <= QUICK_BYTES; n++) if (this.bytes[end - n] !== cursor[cursor.length - n]) return false;
    return this.bytes.compare(cursor, 0, cursor.length, start, end) === 0;
  }

  /** Leaves out all but the first entries. */
  truncate(count: number): void {
    this.count = count;
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

  /** Puts another value in the place of field f of entry i; `bytes` and `view` may be others after it. */
  setValue(i: number, f: number, value: Buffer): void {
    const growth = value.length - (this.end[f]! - this.start[f]!);
    if (growth > 0) {
      this.start[f] = this.makeRoom(value.length);
      this.rawBytes[i]! += growth;
    }
    value.copy(this.bytes, this.start[f]);
    this.end[f] = this.start[f]! + value.length;
    this.care[f] = careOf(value);
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

  /** Reserves bytes behind all values, which moves the Block away from the decoder's bytes. */
  private makeRoom(length: number): number {
    const isSpilt = this.bytes === this.spill;
    const used = isSpilt ? this.spillEnd : this.end[this.firstField[this.count]! - 1]!;
    if (!isSpilt || used + length + SLACK > this.spill.length) this.moveToSpill(used, used + length + SLACK);
    this.spillEnd = used + length;
    return used;
  }

  private moveToSpill(used: number, needed: number): void {
    const isReusable =
      this.bytes !== this.spill && this.spill.length >= needed && this.spill.length <= KEEP_SPILL_BYTES;
    const target = isReusable ? this.spill : Buffer.allocUnsafeSlow(needed * 2);
    this.bytes.copy(target, 0, 0, used);
    this.spill = this.bytes = target;
    this.view = viewOf(target);
  }

  private digits(i: number, nameId: number): number {
    const f = this.find(i, nameId);
    const text = f < 0 ? '' : this.text(f);
    return /^\d{1,20}$/.test(text) ? Number(text) : 0;
  }
}

function careOf(value: Buffer): number {
  let care: number = CARE.NONE;
  for (const byte of value) {
    if (byte >= 0x80) care |= CARE.NON_ASCII;
    else if (byte < 0x20 || byte === 0x22 || byte === 0x5c || byte === 0x7f) care |= CARE.ESCAPE;
  }
  return care;
}

function doubled<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: T): T {
  const bigger = new (array.constructor as new (length: number) => T)(array.length * 2);
  bigger.set(array);
  return bigger;
}

/** The bytes of a Buffer, to be read and written by words. */
export function viewOf(bytes: Buffer): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

import { Block, CARE, ENTRY, viewOf } from './block.ts';
import { FieldNames, HASH_PRIME, HASH_SEED, hashName, MAX_FIELD_NAMES, NAME } from './field-names.ts';

/** An entry larger than this in journalctl's output is kept only in part (each value that crosses the limit is cut). */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** What is kept of a value that crosses the limit. */
export const CUT_VALUE_BYTES = 4096;

const INITIAL_BYTES = 256 * 1024;
const KEEP_BYTES = 1024 * 1024;
/** journald itself stores no value over 768 MiB (DATA_SIZE_MAX), so a longer one is garbage, not data. */
const MAX_VALUE_BYTES = 0x4000_0000;

/** journald takes names up to 64 bytes. */
const MAX_NAME_BYTES = 256;

/** journald takes 1024 fields an entry. Half of a table of names, so that a new one has room for more. */
const MAX_RECORD_FIELDS = MAX_FIELD_NAMES / 2;

const NEWLINE = 10;
const EQUALS = 61;
const ONES = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const HIGH_BITS = 0x80808080 | 0;
/** Room behind the end, so that a whole word can be read wherever one byte can. */
const SLACK = 16;
const RECORD_START = Buffer.from('\n__CURSOR=');

/** 1 for the bytes a field's name may have: A-Z, 0-9 and underscore (systemd.journal-fields(7)). */
const IS_NAME_BYTE = Uint8Array.from({ length: 256 }, (_, c) => Number(/[A-Z0-9_]/.test(String.fromCharCode(c))));
/** CARE of each byte; 4 for the newline that ends a value in text form. */
const CARE_OF = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c === NEWLINE) return 4;
  if (c >= 0x80) return 2;
  return Number(c < 0x20 || c === 0x22 || c === 0x5c || c === 0x7f);
});

/** How much could not be decoded so far. */
export interface DecodeErrors {
  /** Records, or runs of bytes between records, that are not in the export format. */
  malformed: number;
  /** Records that ended with the stream. */
  truncated: number;
  /** Entries over MAX_RECORD_BYTES. */
  cut: number;
}

/**
 * Journal export format (systemd.io/JOURNAL_EXPORT_FORMATS) into Blocks, whatever the pieces it comes in. `push` takes
 * bytes, `decode` gives the complete entries in them; bytes that are no entry are skipped and counted, never fatal.
 */
export class Decoder {
  readonly errors: DecodeErrors = { malformed: 0, truncated: 0, cut: 0 };
  private readonly block = new Block();
  private readonly maxRecordBytes: number;
  private bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  private view = viewOf(this.bytes);
  /** The next byte to look at. All before it is decoded; fields of an unfinished record are in the Block's tables. */
  private at = 0;
  private end = 0;
  private recordStart = 0;
  private recordFlags = 0;
  private cutBytes = 0;
  private fields = 0;
  private isLost = false;
  private needsNewNames = false;
  /** Where a newline, or the end of a binary value, was last looked for in vain; no use to decode before it is there. */
  private wantedNewlineFrom = -1;
  private wantedEnd = 0;
  private skip: { valueStart: number; bytes: number } | undefined;
  /** The two names that came last after each name, the latest first. */
  private readonly successors = new Uint16Array(MAX_FIELD_NAMES * 2);
  private lastName = 0;
  private keyStamp = new Uint32Array(0);
  private stamp = 1;

  constructor(options: { maxRecordBytes?: number } = {}) {
    this.maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
  }

  /** Adds bytes; Blocks made so far are no longer valid. */
  push(chunk: Buffer): void {
    const rest = this.skip === undefined ? chunk : this.skipValue(chunk);
    if (rest.length === 0) return;
    if (this.at - this.recordStart > this.maxRecordBytes) this.shrinkRecord();
    this.makeRoom(rest.length);
    rest.copy(this.bytes, this.end);
    this.end += rest.length;
  }

  /** The next complete entries, at most `maxEntries`; a Block with `count` 0 means that more bytes are needed. */
  decode(maxEntries = Infinity): Block {
    do {
      this.beginBlock();
      if (!this.isWorthALook()) break;
      while (this.block.count < maxEntries && this.decodeRecord(this.block));
    } while (this.block.count === 0 && this.needsNewNames);
    return this.block;
  }

  /** The stream has ended: what is left is no entry. The decoder can take another stream. */
  finish(): void {
    const hasFields = this.fields > this.block.firstField[this.block.count]!;
    if (this.at < this.end || hasFields) this.errors.truncated++;
    this.at = this.end = 0;
    this.isLost = false;
    this.skip = undefined;
    this.beginRecord(0);
  }

  private isWorthALook(): boolean {
    if (this.skip !== undefined || this.end < this.wantedEnd) return false;
    // One byte behind the end stops every search for a newline.
    this.bytes[this.end] = NEWLINE;
    if (this.wantedNewlineFrom >= 0 && this.bytes.indexOf(NEWLINE, this.wantedNewlineFrom) === this.end) {
      this.wantedNewlineFrom = this.end;
      return this.isOverLimit();
    }
    this.wantedNewlineFrom = -1;
    this.wantedEnd = 0;
    return true;
  }

  /** Decodes up to the end of one record; false when bytes are missing. */
  private decodeRecord(block: Block): boolean {
    for (;;) {
      if (this.isLost && !this.findRecord()) return false;
      if (this.at >= this.end) return false;
      if (this.bytes[this.at] === NEWLINE) {
        this.at++;
        if (this.endRecord(block)) return true;
      } else if (!this.decodeField(block)) return false;
    }
  }

  private decodeField(block: Block): boolean {
    const { at, bytes } = this;
    const base = this.lastName * 2;
    for (let way = base; way < base + 2; way++) {
      const guess = this.successors[way]!;
      if (!block.names.standsAt(guess, this.view, at)) continue;
      const nameEnd = at + block.names.length(guess);
      const c = bytes[nameEnd]!;
      if ((c === EQUALS || c === NEWLINE) && nameEnd < this.end) return this.decodeValue(block, guess, nameEnd);
    }
    return this.decodeUnguessed(block);
  }

  private decodeValue(block: Block, name: number, nameEnd: number): boolean {
    if (!this.admitName(name)) return true;
    const isText = this.bytes[nameEnd] === EQUALS;
    return isText ? this.textValue(block, name, nameEnd + 1) : this.binaryValue(block, name, nameEnd + 1);
  }

  private decodeUnguessed(block: Block): boolean {
    const { bytes, at, end } = this;
    let p = at;
    let hash = HASH_SEED;
    let c = bytes[p]!;
    while (IS_NAME_BYTE[c] === 1) {
      hash = Math.imul(hash ^ c, HASH_PRIME);
      c = bytes[++p]!;
    }
    if (p === at || p - at > MAX_NAME_BYTES) return this.loseTrack();
    if (p >= end) return this.wantNewline(p);
    if (c !== EQUALS && c !== NEWLINE) return this.loseTrack();
    const name = block.names.intern(bytes, at, p, hash);
    if (name < 0) return this.wantNewNames();
    this.successors[this.lastName * 2 + 1] = this.successors[this.lastName * 2]!;
    this.successors[this.lastName * 2] = name;
    return this.decodeValue(block, name, p);
  }

  private textValue(block: Block, name: number, start: number): boolean {
    const { bytes, view } = this;
    let p = start;
    // Four bytes at a time while all are printable ASCII without `"` and `\`; a false alarm only costs time.
    for (;;) {
      const word = view.getInt32(p, true);
      const quote = (word ^ QUOTES) - ONES;
      const backslash = (word ^ BACKSLASHES) - ONES;
      if (((word | (word - SPACES) | (word + ONES) | quote | backslash) & HIGH_BITS) !== 0) break;
      p += 4;
    }
    let care = 0;
    let c = CARE_OF[bytes[p]!]!;
    while (c !== 4) {
      care |= c;
      c = CARE_OF[bytes[++p]!]!;
    }
    if (p >= this.end) return this.isOverLimit() ? this.cut(start, -1) : this.wantNewline(this.end);
    this.addField(block, name, start, p, care);
    this.at = p + 1;
    return true;
  }

  private binaryValue(block: Block, name: number, lengthAt: number): boolean {
    const start = lengthAt + 8;
    if (start > this.end) return this.wantEnd(start);
    const length = this.bytes.readUInt32LE(lengthAt);
    if (this.bytes.readUInt32LE(lengthAt + 4) !== 0 || length > MAX_VALUE_BYTES) return this.loseTrack();
    const end = start + length;
    if (end >= this.end) {
      return end - this.recordStart > this.maxRecordBytes ? this.cut(start, length) : this.wantEnd(end + 1);
    }
    if (this.bytes[end] !== NEWLINE) return this.loseTrack();
    this.addField(block, name, start, end, careOf(this.bytes, start, end));
    this.at = end + 1;
    return true;
  }

  /** A record begins with its cursor: any other beginning, or a cursor in its middle, means that bytes are missing. */
  private admitName(name: number): boolean {
    const isFirst = this.fields === this.block.firstField[this.block.count];
    if (isFirst === (name === NAME.CURSOR)) return true;
    this.errors.malformed++;
    if (isFirst) this.isLost = true;
    else this.beginRecord(this.at);
    return false;
  }

  // eslint-disable-next-line max-params -- once per field: an object for its parameters would be the dearest part
  private addField(block: Block, name: number, start: number, end: number, care: number): void {
    const f = this.fields++;
    if (f >= block.name.length) block.growFields();
    block.name[f] = name;
    block.start[f] = start;
    block.end[f] = end;
    block.care[f] = care;
    this.lastName = name;
    this.stampKey(block.names.keyOf[name]!);
  }

  private stampKey(key: number): void {
    if (key >= this.keyStamp.length) this.growStamps(key);
    if (this.keyStamp[key] === this.stamp) this.recordFlags |= ENTRY.REPEATS;
    else this.keyStamp[key] = this.stamp;
  }

  private endRecord(block: Block): boolean {
    const i = block.count;
    if (this.fields === block.firstField[i]) {
      this.recordStart = this.at;
      return false;
    }
    block.flags[i] = this.recordFlags;
    block.rawBytes[i] = this.at - this.recordStart + this.cutBytes;
    block.count++;
    if (block.count + 1 >= block.firstField.length) block.growEntries();
    block.firstField[block.count] = this.fields;
    this.beginRecord(this.at);
    return true;
  }

  private beginRecord(at: number): void {
    this.fields = this.block.firstField[this.block.count]!;
    this.recordStart = at;
    this.recordFlags = 0;
    this.lastName = 0;
    this.cutBytes = 0;
    this.wantedNewlineFrom = -1;
    this.wantedEnd = 0;
    if (++this.stamp === 0xffff_ffff) {
      this.keyStamp.fill(0);
      this.stamp = 1;
    }
  }

  /** The table of names is full: the Block ends before this record, which goes on in the next one with a new table. */
  private wantNewNames(): boolean {
    if (this.hasTooManyFields()) return this.loseTrack();
    this.needsNewNames = true;
    return false;
  }

  private loseTrack(): true {
    this.errors.malformed++;
    this.isLost = true;
    return true;
  }

  private findRecord(): boolean {
    const found = this.bytes.indexOf(RECORD_START, Math.max(0, this.at - 1));
    const isFound = found >= 0 && found + RECORD_START.length <= this.end;
    this.at = isFound ? found + 1 : Math.max(0, this.at - 1, this.end - RECORD_START.length);
    this.isLost = !isFound;
    this.beginRecord(this.at);
    return isFound;
  }

  private hasTooManyFields(): boolean {
    return this.fields - this.block.firstField[this.block.count]! > MAX_RECORD_FIELDS;
  }

  private isOverLimit(): boolean {
    return this.end - this.recordStart > this.maxRecordBytes;
  }

  private wantNewline(from: number): false {
    this.wantedNewlineFrom = from;
    return false;
  }

  private wantEnd(end: number): false {
    this.wantedEnd = end;
    return false;
  }

  /** Keeps the beginning of a value and arranges that the rest of it is thrown away as it comes (`length` -1: to the newline). */
  private cut(start: number, length: number): false {
    const had = this.end - start;
    const kept = Math.min(had, CUT_VALUE_BYTES);
    this.end = start + kept;
    this.cutBytes += had - kept;
    this.wantedNewlineFrom = -1;
    this.flagAsCut();
    this.skip = { valueStart: start, bytes: length < 0 ? -1 : length - had };
    return false;
  }

  private flagAsCut(): void {
    if ((this.recordFlags & ENTRY.CUT) === 0) this.errors.cut++;
    this.recordFlags |= ENTRY.CUT;
  }

  /** Many values, none of them too long by itself, have made the unfinished record too large: keeps the beginning of each. */
  private shrinkRecord(): void {
    if (this.hasTooManyFields()) {
      this.loseTrack();
      return;
    }
    const { block, bytes } = this;
    let to = this.recordStart;
    for (let f = block.firstField[block.count]!; f < this.fields; f++) {
      const start = block.start[f]!;
      const end = Math.min(block.end[f]!, start + CUT_VALUE_BYTES);
      if (end < block.end[f]!) block.care[f]! |= CARE.CUT;
      bytes.copyWithin(to, start, end);
      block.start[f] = to;
      to += end - start;
      block.end[f] = to;
    }
    bytes.copyWithin(to, this.at, this.end);
    this.cutBytes += this.at - to;
    this.moveBy(this.at - to);
    this.flagAsCut();
  }

  private skipValue(chunk: Buffer): Buffer {
    const skip = this.skip!;
    const stop = skip.bytes < 0 ? chunk.indexOf(NEWLINE) : skip.bytes;
    if (stop < 0 || stop >= chunk.length) {
      this.cutBytes += chunk.length;
      if (skip.bytes >= 0) skip.bytes -= chunk.length;
      return chunk.subarray(chunk.length);
    }
    this.skip = undefined;
    if (chunk[stop] !== NEWLINE) {
      this.at = this.end;
      this.loseTrack();
      return chunk.subarray(stop);
    }
    this.cutBytes += stop + 1;
    const nameEnd = skip.bytes < 0 ? skip.valueStart - 1 : skip.valueStart - 9;
    const name = this.block.names.intern(this.bytes, this.at, nameEnd, hashName(this.bytes, this.at, nameEnd));
    const care = careOf(this.bytes, skip.valueStart, this.end) | CARE.CUT;
    this.addField(this.block, name, skip.valueStart, this.end, care);
    this.at = this.end;
    return chunk.subarray(stop + 1);
  }

  /** Starts a new Block, with the fields of the unfinished record as its first. */
  private beginBlock(): void {
    const block = this.block;
    const from = block.firstField[block.count]!;
    if (from > 0) {
      block.name.copyWithin(0, from, this.fields);
      block.start.copyWithin(0, from, this.fields);
      block.end.copyWithin(0, from, this.fields);
      block.care.copyWithin(0, from, this.fields);
      this.fields -= from;
    }
    block.count = 0;
    block.firstField[0] = 0;
    block.bytes = this.bytes;
    block.view = this.view;
    if (this.needsNewNames) this.renewNames(block);
  }

  private renewNames(block: Block): void {
    const old = block.names;
    block.names = new FieldNames();
    this.successors.fill(0);
    this.lastName = 0;
    this.keyStamp.fill(0);
    for (let f = 0; f < this.fields; f++) {
      const name = block.names.internText(old.text(block.name[f]!));
      block.name[f] = name;
      this.stampKey(block.names.keyOf[name]!);
    }
    this.needsNewNames = false;
  }

  private growStamps(key: number): void {
    const bigger = new Uint32Array(Math.max(256, key * 2));
    bigger.set(this.keyStamp);
    this.keyStamp = bigger;
  }

  private makeRoom(length: number): void {
    const used = this.end - this.recordStart;
    const isBloated = this.bytes.length > KEEP_BYTES && used + length < INITIAL_BYTES;
    if (this.end + length + SLACK < this.bytes.length && !isBloated) return;
    let capacity = isBloated ? INITIAL_BYTES : this.bytes.length;
    while (used + length + SLACK >= capacity) capacity *= 2;
    const target = capacity === this.bytes.length ? this.bytes : Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(target, 0, this.recordStart, this.end);
    if (target !== this.bytes) this.view = viewOf(target);
    this.bytes = target;
    const distance = this.recordStart;
    for (let f = this.block.firstField[this.block.count]!; f < this.fields; f++) {
      this.block.start[f]! -= distance;
      this.block.end[f]! -= distance;
    }
    this.recordStart = 0;
    this.moveBy(distance);
  }

  /** The bytes from `at` on were moved towards the beginning. */
  private moveBy(distance: number): void {
    this.at -= distance;
    this.end -= distance;
    if (this.wantedNewlineFrom >= 0) this.wantedNewlineFrom -= distance;
    this.wantedEnd = Math.max(0, this.wantedEnd - distance);
  }
}

function careOf(bytes: Buffer, start: number, end: number): number {
  let care = 0;
  for (let p = start; p < end; p++) {
    const c = CARE_OF[bytes[p]!]!;
    care |= c === 4 ? CARE.ESCAPE : c;
  }
  return care;
}

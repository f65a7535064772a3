import type { EntryMessage } from './messages.ts';

const CURSOR = Buffer.from('\x0ccursor'); // its length, as a varint, comes first
const HOST = Buffer.from('\x08host');
const ABSENT = 1; // the varint of -1

/** Writes records, one behind the other, into a buffer that has room for them. */
export class RecordWriter {
  private readonly bytes: Buffer;
  private at: number;

  /** `room`: how many bytes there will be at most, the first `start` included, which are left alone. */
  constructor(room: number, start: number) {
    this.bytes = Buffer.allocUnsafeSlow(room);
    this.at = start;
  }

  /** All that was written, the bytes left alone included. */
  written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  /** Appends a message: the number of it in its batch, and by how many ms it is later than the first (never earlier). */
  write({ key, source, start, end, cursor, host }: EntryMessage, offsetDelta: number, timestampDelta: number): void {
    const keyLength = key === null ? 0 : Buffer.byteLength(key);
    const cursorLength = Buffer.byteLength(cursor);
    const hostLength = host === undefined ? 0 : Buffer.byteLength(host);
    const size =
      1 + // attributes
      sizeOf(timestampDelta) +
      sizeOf(offsetDelta) +
      (key === null ? 1 : sizeOf(keyLength) + keyLength) +
      sizeOf(end - start) +
      (end - start) +
      1 + // how many headers
      CURSOR.length +
      sizeOf(cursorLength) +
      cursorLength +
      (host === undefined ? 0 : HOST.length + sizeOf(hostLength) + hostLength);
    this.number(size);
    this.bytes[this.at++] = 0;
    this.number(timestampDelta);
    this.number(offsetDelta);
    if (key === null) this.bytes[this.at++] = ABSENT;
    else this.text(key, keyLength);
    this.number(end - start);
    this.copy(source, start, end);
    this.number(host === undefined ? 1 : 2);
    this.copy(CURSOR, 0, CURSOR.length);
    this.text(cursor, cursorLength);
    if (host === undefined) return;
    this.copy(HOST, 0, HOST.length);
    this.text(host, hostLength);
  }

  /** Not negative, as a zigzag varint. */
  private number(value: number): void {
    const { bytes } = this;
    let rest = value * 2;
    while (rest > 0x7f) {
      bytes[this.at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[this.at++] = rest;
  }

  private text(value: string, length: number): void {
    this.number(length);
    this.at += this.bytes.write(value, this.at, length);
  }

  private copy(from: Buffer, start: number, end: number): void {
    this.at += from.copy(this.bytes, this.at, start, end);
  }
}

/** How many bytes `number` writes. */
function sizeOf(value: number): number {
  let size = 1;
  for (let rest = value * 2; rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

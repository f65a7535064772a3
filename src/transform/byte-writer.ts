import { viewOf } from '../journal/block.ts';

const INITIAL_BYTES = 256 * 1024;
/** A buffer that one huge entry has blown up beyond this is given back by `reset`. */
const KEEP_BYTES = 4 * 1024 * 1024;
/** Room behind what was asked for, so that `copyWords` may write a whole word where one byte is left. */
const SLACK = 8;

/** Bytes to append to. The hot path writes into `bytes` (or `view`) behind `length` itself, after `ensure`. */
export class ByteWriter {
  bytes: Buffer;
  view: DataView;
  length = 0;

  constructor(initialBytes = INITIAL_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for this many bytes more. */
  ensure(count: number): void {
    const needed = this.length + count + SLACK;
    if (needed <= this.bytes.length) return;
    let capacity = this.bytes.length * 2;
    while (capacity < needed) capacity *= 2;
    const bigger = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(bigger, 0, 0, this.length);
    this.replace(bigger);
  }

  write(text: string): void {
    this.ensure(text.length * 3);
    this.length += this.bytes.write(text, this.length);
  }

  reset(): void {
    this.length = 0;
    if (this.bytes.length > KEEP_BYTES) this.replace(Buffer.allocUnsafeSlow(INITIAL_BYTES));
  }

  private replace(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

/**
 * Copies eight bytes at a time, three times as fast as one by one, and writes up to 7 bytes beyond the end; both views
 * must have room for that. Returns where the copy ends.
 */
// eslint-disable-next-line max-params -- hot: an object for its parameters would cost more than the copy
export function copyWords(from: DataView, start: number, end: number, to: DataView, at: number): number {
  for (let s = start, o = at; s < end; s += 8, o += 8) to.setBigInt64(o, from.getBigInt64(s, true), true);
  return at + end - start;
}

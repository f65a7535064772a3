const INITIAL_BYTES = 256 * 1024;
/** A buffer that one huge entry has blown up beyond this is given back by `reset`. */
const KEEP_BYTES = 4 * 1024 * 1024;

/** Bytes to append to. The hot path writes into `bytes` behind `length` itself, after `ensure`. */
export class ByteWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  length = 0;

  /** Makes room for this many bytes more. */
  ensure(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    let capacity = this.bytes.length * 2;
    while (capacity < this.length + count) capacity *= 2;
    const bigger = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(bigger, 0, 0, this.length);
    this.bytes = bigger;
  }

  write(text: string): void {
    this.ensure(text.length * 3);
    this.length += this.bytes.write(text, this.length);
  }

  reset(): void {
    this.length = 0;
    if (this.bytes.length > KEEP_BYTES) this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }
}

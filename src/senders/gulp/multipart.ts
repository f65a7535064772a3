import { randomBytes } from 'node:crypto';

/** The body of an /ingest_raw request. */
export interface Multipart {
  readonly type: string;
  readonly body: Buffer;
}

const INITIAL_BYTES = 256 * 1024;
/** Longer memory, of one request with huge entries, is not kept. */
const KEPT_BYTES = 2 * 1024 * 1024;

/**
 * Makes bodies, one after the other in the same memory: each document becomes bytes at once, for thousands of long strings
 * that live until all are there are what fills a heap.
 */
export class MultipartWriter {
  private bytes = Buffer.alloc(0);
  private length = 0;

  /**
   * The two parts that /ingest_raw tells apart by nothing but their content types, which must be these to the letter: the
   * parameters, and the documents as one array. The body is valid until the next one is made.
   */
  write(parameters: string, documents: Iterable<string>): Multipart {
    // No line of JSON begins with it: JSON has its newlines escaped.
    const boundary = `journalbridge-${randomBytes(16).toString('hex')}`;
    this.reset();
    this.add(
      `--${boundary}\r\nContent-Disposition: form-data; name="payload"\r\nContent-Type: application/json\r\n\r\n${parameters}\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="chunk"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    );
    let separator = '[';
    for (const document of documents) {
      this.add(separator);
      this.add(document);
      separator = ',';
    }
    this.add(`${separator === '[' ? '[' : ''}]\r\n--${boundary}--\r\n`);
    return { type: `multipart/form-data; boundary=${boundary}`, body: this.bytes.subarray(0, this.length) };
  }

  private reset(): void {
    this.length = 0;
    const { length } = this.bytes;
    if (length === 0 || length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  private add(text: string): void {
    const needed = this.length + text.length * 3; // no UTF-16 unit takes more in UTF-8
    if (needed > this.bytes.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(bigger, 0, 0, this.length);
      this.bytes = bigger;
    }
    this.length += this.bytes.write(text, this.length);
  }
}

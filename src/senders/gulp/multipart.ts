import { randomBytes } from 'node:crypto';

/** The body of an /ingest_raw request. */
export interface Multipart {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * The two parts that /ingest_raw tells apart by nothing but their content types, which must be these to the letter: the
 * parameters, and the documents as one array.
 */
export function multipartOf(parameters: string, documents: readonly string[]): Multipart {
  // No line of JSON begins with it: JSON has its newlines escaped.
  const boundary = `journalbridge-${randomBytes(16).toString('hex')}`;
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="payload"\r\nContent-Type: application/json\r\n\r\n${parameters}\r\n` +
    `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="chunk"\r\nContent-Type: application/octet-stream\r\n\r\n[`;
  const body = Buffer.from(`${head}${documents.join(',')}]\r\n--${boundary}--\r\n`);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}

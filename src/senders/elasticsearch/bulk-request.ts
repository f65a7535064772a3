import { hash } from 'node:crypto';
import { readHead } from '../heads.ts';
import type { HeadedPayload } from '../heads.ts';
import type { Batch } from '../sender.ts';
import type { Naming } from './naming.ts';

/** The body of a bulk request, and which payloads of the batch are in it, in its order. */
export interface BulkRequest {
  readonly numbers: readonly number[];
  readonly body: Buffer;
}

/** A cursor is long and tells of machines; its hash is as good an id. 27 characters are 162 bits of it. */
const ID_LENGTH = 27;
const TIMESTAMP_KEY = '"@timestamp":';

/** Writes bulk requests: for each payload a line that says where it goes and under which id, then its own bytes. */
export class BulkWriter {
  private readonly naming: Naming;
  private body: Buffer;
  private length = 0;

  constructor(naming: Naming, expectedBytes: number) {
    this.naming = naming;
    this.body = Buffer.allocUnsafeSlow(expectedBytes + 4096);
  }

  /** A request with payloads of the batch from the first of `numbers` on, as many as fit into `maxBytes`: at least one. */
  write(batch: Batch, numbers: readonly number[], maxBytes: number): BulkRequest {
    this.length = 0;
    let count = 0;
    for (; count < numbers.length; count++) {
      const before = this.length;
      this.append(batch, numbers[count]!);
      if (this.length <= maxBytes || count === 0) continue;
      this.length = before;
      break;
    }
    return { numbers: numbers.slice(0, count), body: this.body.subarray(0, this.length) };
  }

  private append(batch: Batch, number: number): void {
    const payload = readHead(batch, number);
    const { start, end, cursor, values, realtimeUs } = payload;
    const action = actionOf(this.naming.nameOf(values, realtimeUs), cursor);
    const time = this.naming.isDataStream ? timeMember(batch.bytes, payload) : '';
    this.reserve(Buffer.byteLength(action) + time.length + end - start);
    this.length += this.body.write(action, this.length, 'utf8');
    if (time === '') {
      this.length += batch.bytes.copy(this.body, this.length, start, end);
      return;
    }
    this.length += this.body.write(time, this.length, 'latin1');
    this.length += batch.bytes.copy(this.body, this.length, start + 1, end);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.body.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.length + bytes, Math.ceil(this.body.length * 1.5)));
    this.body.copy(larger, 0, 0, this.length);
    this.body = larger;
  }
}

function actionOf(name: string, cursor: string): string {
  return `{"create":{"_index":${JSON.stringify(name)},"_id":"${hash('sha256', cursor, 'base64url').slice(0, ID_LENGTH)}"}}\n`;
}

/** The beginning of the entry with the time that a data stream wants; nothing where the entry brings its own. */
function timeMember(bytes: Buffer, { start, end, realtimeUs }: HeadedPayload): string {
  const entry = bytes.subarray(start, end);
  for (let at = entry.indexOf(TIMESTAMP_KEY); at > 0; at = entry.indexOf(TIMESTAMP_KEY, at + 1)) {
    // Within a text the quote would have a backslash before it.
    if (entry[at - 1] !== 0x5c) return '';
  }
  const isEmpty = entry[1] === 0x7d;
  return `{${TIMESTAMP_KEY}"${isoOf(realtimeUs)}"${isEmpty ? '' : ','}`;
}

/** ISO text in UTC with µs; the beginning of 1970 for what is no time. */
function isoOf(realtimeUs: number): string {
  const time = new Date(realtimeUs / 1000);
  const isTime = !Number.isNaN(time.getTime()) && time.getUTCFullYear() <= 9999;
  const iso = (isTime ? time : new Date(0)).toISOString();
  return `${iso.slice(0, -1)}${String(isTime ? realtimeUs % 1000 : 0).padStart(3, '0')}Z`;
}

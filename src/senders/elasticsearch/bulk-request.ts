import { hash } from 'node:crypto';
import { readHead } from '../heads.ts';
import type { HeadedPayload } from '../heads.ts';
import type { Batch } from '../sender.ts';
import type { Naming } from './naming.ts';

/** The body of a bulk request, and which payloads of the batch are in it, in its order. */
export interface BulkRequest {
  readonly numbers: Uint32Array;
  readonly body: Buffer;
  /** Where each of them goes. */
  readonly indices: readonly string[];
}

/** A cursor is long and tells of machines; its hash is as good an id. 27 characters are 162 bits of it. */
const ID_LENGTH = 27;
const ACTION_END = '"}}\n';
const MAX_KNOWN_NAMES = 1000;
const TIMESTAMP_KEY = '"@timestamp":';

/** Writes bulk requests: for each payload a line that says where it goes and under which id, then its own bytes. */
export class BulkWriter {
  private readonly naming: Naming;
  private readonly actions = new Actions();
  private body: Buffer;
  private length = 0;
  private indices: string[] = [];

  constructor(naming: Naming, expectedBytes: number) {
    this.naming = naming;
    this.body = Buffer.allocUnsafeSlow(expectedBytes + 4096);
  }

  /** A request with payloads of the batch from the first of `numbers` on, as many as fit into `maxBytes`: at least one. */
  write(batch: Batch, numbers: Uint32Array, maxBytes: number): BulkRequest {
    this.length = 0;
    this.indices = [];
    let count = 0;
    for (; count < numbers.length; count++) {
      const before = this.length;
      this.append(batch, numbers[count]!);
      if (this.length <= maxBytes || count === 0) continue;
      this.length = before;
      this.indices.pop();
      break;
    }
    return { numbers: numbers.subarray(0, count), body: this.body.subarray(0, this.length), indices: this.indices };
  }

  private append(batch: Batch, number: number): void {
    const payload = readHead(batch, number);
    const { start, end, cursor, values, realtimeUs } = payload;
    const index = this.naming.nameOf(values, realtimeUs);
    this.indices.push(index);
    const action = this.actions.beginningOf(index);
    const time = this.naming.isDataStream ? timeMember(batch.bytes, payload) : '';
    this.reserve(action.length + ID_LENGTH + ACTION_END.length + time.length + end - start);
    this.length += action.copy(this.body, this.length);
    this.length += this.body.write(hash('sha256', cursor, 'base64url'), this.length, ID_LENGTH, 'latin1');
    this.length += this.body.write(ACTION_END, this.length, 'latin1');
    if (time !== '') this.length += this.body.write(time, this.length, 'latin1');
    this.length += batch.bytes.copy(this.body, this.length, time === '' ? start : start + 1, end);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.body.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.length + bytes, Math.ceil(this.body.length * 1.5)));
    this.body.copy(larger, 0, 0, this.length);
    this.body = larger;
  }
}

/** The beginnings of action lines, up to the id. */
class Actions {
  private readonly known = new Map<string, Buffer>();
  private name: string | undefined;
  private beginning: Buffer = Buffer.alloc(0);

  beginningOf(name: string): Buffer {
    if (name === this.name) return this.beginning;
    let beginning = this.known.get(name);
    if (beginning === undefined) {
      beginning = Buffer.from(`{"create":{"_index":${JSON.stringify(name)},"_id":"`);
      if (this.known.size >= MAX_KNOWN_NAMES) this.known.clear();
      this.known.set(name, beginning);
    }
    this.name = name;
    return (this.beginning = beginning);
  }
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

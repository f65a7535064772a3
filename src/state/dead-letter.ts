import { isUtf8 } from 'node:buffer';
import { checksumOf } from './checksum.ts';

/** A line of a dead letter file: an entry that its destination refused for good, as it was refused. */
export interface DeadLetter {
  readonly reader: string;
  readonly sender: string;
  /** When it was refused, as ISO text. */
  readonly time: string;
  /** Leads back to the entry in the journal. */
  readonly cursor: string;
  /** The cursor is that of the last entry of its batch: the entry itself lies shortly before. */
  readonly cursor_is_approximate?: true;
  /** What the destination said. */
  readonly reason: string;
  /** How often it was sent. */
  readonly attempts: number;
  /** The entry's time in µs, and the fields that its sender wanted to know; only where a sender asks for heads. */
  readonly realtime_us?: number;
  readonly fields?: Readonly<Record<string, string | null>>;
  /** The payload without its newline, redacted, when it is text. */
  readonly payload?: string;
  /** The payload as it is, when it is no UTF-8 or no line. */
  readonly payload_base64?: string;
}

const NEWLINE = 0x0a;
const MAX_REASON = 1000;

/** The keys that hold a payload: what is sent again is these very bytes. */
export function payloadToKeep(bytes: Buffer): Pick<DeadLetter, 'payload' | 'payload_base64'> {
  const isLine = bytes.at(-1) === NEWLINE && isUtf8(bytes);
  return isLine
    ? { payload: bytes.toString('utf8', 0, bytes.length - 1) }
    : { payload_base64: bytes.toString('base64') };
}

/** The bytes of a payload that was kept. */
export function keptPayload({ payload, payload_base64 }: DeadLetter): Buffer {
  return payload === undefined ? Buffer.from(payload_base64 ?? '', 'base64') : Buffer.from(`${payload}\n`);
}

/** A reason of bearable length. */
export function shortReason(reason: string): string {
  return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason;
}

/** The letter as a line, without its newline: a checksum of all before it is the last key. */
export function deadLetterLine(letter: DeadLetter): string {
  const body = JSON.stringify(letter).slice(0, -'}'.length);
  return `${body},"checksum":"${checksumOf(body)}"}`;
}

/**
 * Reads a line; undefined when it is no dead letter, or not the whole one that was written. Without a checksum it was
 * written by hand, or by an earlier version.
 */
export function parseDeadLetter(line: Buffer): DeadLetter | undefined {
  if (!isUtf8(line)) return undefined;
  const text = line.toString();
  if (text.includes('"checksum"') && !isChecked(text)) return undefined;
  let value: Partial<DeadLetter & { checksum: unknown }> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined; // a person may have edited the file
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { checksum: _, ...letter } = value;
  return isLetter(letter) ? letter : undefined;
}

const CHECKSUM = /,"checksum":"([0-9a-f]{8})"\}$/;

function isChecked(text: string): boolean {
  const [end, checksum] = CHECKSUM.exec(text) ?? [];
  return end !== undefined && checksumOf(text.slice(0, -end.length)) === checksum;
}

function isLetter(value: Partial<DeadLetter>): value is DeadLetter {
  const { cursor, reason, time, attempts, realtime_us = 0, fields = {} } = value;
  const { payload, payload_base64: base64 } = value;
  return (
    [cursor, reason, time].every((text) => typeof text === 'string') &&
    [attempts, realtime_us].every((number) => Number.isFinite(number)) &&
    isValues(fields) &&
    (payload === undefined ? isBase64(base64) : typeof payload === 'string')
  );
}

function isValues(fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return false;
  return Object.values(fields).every((value) => value === null || typeof value === 'string');
}

/** All of it is: what is not would be left out when it is read, and half a payload sent. */
function isBase64(text: unknown): boolean {
  return typeof text === 'string' && Buffer.from(text, 'base64').toString('base64') === text;
}

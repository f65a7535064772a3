import { isUtf8 } from 'node:buffer';

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

/** Reads a line; undefined when it is no dead letter. */
export function parseDeadLetter(line: string): DeadLetter | undefined {
  let value: Partial<DeadLetter> | null;
  try {
    value = JSON.parse(line) as Partial<DeadLetter> | null;
  } catch {
    return undefined; // a person may have edited the file
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { cursor, reason, attempts, payload, payload_base64 } = value;
  const isWhole = typeof cursor === 'string' && typeof reason === 'string' && typeof attempts === 'number';
  return isWhole && typeof (payload ?? payload_base64) === 'string' ? (value as DeadLetter) : undefined;
}

import type { Batch } from './sender.ts';

/** A payload of a sender that asked for heads (`SenderDefinition.head`). */
export interface HeadedPayload {
  readonly cursor: string;
  /** Time of the entry in µs since 1970. */
  readonly realtimeUs: number;
  /** The value of each field that was asked for; null where the entry has no such field. */
  readonly values: readonly (string | null)[];
  /** The entry itself is `bytes[start, end)` of the batch, its closing newline included. */
  readonly start: number;
  readonly end: number;
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const ZERO = 0x30;
/** Before the cursor stands `["`, behind it `",`. */
const MARKS = 2;
const NO_VALUES: readonly (string | null)[] = [];

/** Takes payload i of a batch apart: the line of its head, and the entry behind it. */
export function readHead({ bytes, ends }: Pick<Batch, 'bytes' | 'ends'>, i: number): HeadedPayload {
  const first = i === 0 ? 0 : ends[i - 1]!;
  const newline = bytes.indexOf(NEWLINE, first);
  // Most heads have a plain cursor and no values: JSON.parse costs more than all else that is done with them.
  const quote = bytes.indexOf(QUOTE, first + MARKS);
  let realtimeUs = 0;
  let at = quote + MARKS;
  for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO)
    realtimeUs = realtimeUs * 10 + digit;
  const cursor = bytes.toString('utf8', first + MARKS, quote);
  const isPlain = at === newline - 1 && !cursor.includes('\\');
  if (isPlain) return { cursor, realtimeUs, values: NO_VALUES, start: newline + 1, end: ends[i]! };
  return { ...parsed(bytes, first, newline), start: newline + 1, end: ends[i]! };
}

function parsed(bytes: Buffer, start: number, end: number): Pick<HeadedPayload, 'cursor' | 'realtimeUs' | 'values'> {
  const head = JSON.parse(bytes.toString('utf8', start, end)) as [string, number, ...(string | null)[]];
  const [cursor, realtimeUs, ...values] = head;
  return { cursor, realtimeUs, values };
}

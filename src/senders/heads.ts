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

/** Takes payload i of a batch apart: the line of its head, and the entry behind it. */
export function readHead({ bytes, ends }: Pick<Batch, 'bytes' | 'ends'>, i: number): HeadedPayload {
  const first = i === 0 ? 0 : ends[i - 1]!;
  const newline = bytes.indexOf(NEWLINE, first);
  const head = JSON.parse(bytes.toString('utf8', first, newline)) as [string, number, ...(string | null)[]];
  const [cursor, realtimeUs, ...values] = head;
  return { cursor, realtimeUs, values, start: newline + 1, end: ends[i]! };
}

import { parseCursor } from '../journal/cursor.ts';
import type { Batch } from '../senders/sender.ts';
import { keptPayload, type DeadLetter } from '../state/dead-letter.ts';

/** The batch that dead letters make: the payloads as they were refused, with heads for a sender that asks for some. */
export function batchOf(letters: readonly DeadLetter[], head: readonly string[] | undefined): Batch {
  const payloads = letters.map((letter) => payloadFor(letter, head));
  let end = 0;
  const { cursor, realtime_us: realtimeUs = 0 } = letters.at(-1)!;
  return {
    bytes: Buffer.concat(payloads),
    ends: Uint32Array.from(payloads, ({ length }) => (end += length)),
    last: { cursor, realtimeUs },
  };
}

function payloadFor(letter: DeadLetter, head: readonly string[] | undefined): Buffer {
  const payload = keptPayload(letter);
  if (head === undefined) return payload;
  const { cursor, realtime_us: realtimeUs = parseCursor(cursor)?.realtimeUs ?? 0 } = letter;
  const values = head.map((field) => valueOf(letter, field));
  return Buffer.concat([Buffer.from(`${JSON.stringify([cursor, realtimeUs, ...values])}\n`), payload]);
}

/** What the sender asked for when it was refused; if it asks for another field now, what the entry itself says. */
function valueOf({ fields = {}, payload = '' }: DeadLetter, field: string): string | null {
  if (Object.hasOwn(fields, field)) return fields[field] ?? null;
  try {
    const entry = JSON.parse(payload) as Readonly<Record<string, unknown>>;
    const value = entry[field] ?? entry[`_${field}`];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  } catch {
    return null; // no JSON: a person may have edited it
  }
}

import { createLog } from '../../src/telemetry/log.ts';
import type { Batch, Sender } from '../../src/senders/sender.ts';
import { senderDefinition } from '../../src/senders/registry.ts';

/** An entry of a batch: what its head tells, and the entry itself. */
export interface HeadedEntry {
  readonly cursor: string;
  readonly realtimeUs?: number;
  readonly values?: readonly (string | null)[];
  readonly entry: object;
}

/** 2026-11-20T23:10:05.123456Z. */
export const TIME_US = 1_795_216_205_123_456;

/** A batch as a sender gets it that asked for heads. */
export function headedBatch(entries: readonly HeadedEntry[]): Batch {
  const payloads = entries.map(({ cursor, realtimeUs = TIME_US, values = [], entry }) =>
    Buffer.from(`${JSON.stringify([cursor, realtimeUs, ...values])}\n${JSON.stringify(entry)}\n`),
  );
  let end = 0;
  const ends = Uint32Array.from(payloads, (payload) => (end += payload.length));
  return { bytes: Buffer.concat(payloads), ends, last: { cursor: entries.at(-1)!.cursor, realtimeUs: TIME_US } };
}

/** Entries with these messages, their numbers as cursors. */
export function messages(...texts: readonly string[]): HeadedEntry[] {
  return texts.map((MESSAGE, n) => ({ cursor: `c${n}`, entry: { MESSAGE, timestamp: '2026-11-20T23:10:05.123456' } }));
}

/** A sender of either engine, with the defaults filled in, and what it has said. */
export async function makeSender(
  engine: 'elasticsearch' | 'opensearch',
  options: Readonly<Record<string, unknown>>,
): Promise<{ sender: Sender & AsyncDisposable; said: string[] }> {
  const said: string[] = [];
  const log = createLog({ write: (line) => said.push(line) });
  const definition = senderDefinition(engine)!;
  const defaults = Object.fromEntries(
    Object.entries(definition.options.properties).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
  const sender = await definition.create({ ...defaults, ...options }, { name: 'r.s', log });
  return { sender: Object.assign(sender, { [Symbol.asyncDispose]: () => sender.close() }), said };
}

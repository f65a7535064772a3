import type { Batch } from '../senders/sender.ts';
import { bytesOf, payloadOf, sentAgain, wholeOf, type BatchPart } from './batch-part.ts';
import type { Connection } from './connection.ts';
import { bury, type BurialOptions } from './bury.ts';
import { verdictOf } from './verdict.ts';

export interface SettleOptions extends BurialOptions {
  readonly connection: Connection;
}

/** What the destination has accepted of a batch; the rest are dead letters. */
export interface Settled {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Sends a batch until each payload is accepted or a dead letter, in order but for what has to be sent again; undefined
 * when the signal came before.
 */
export async function settle(batch: Batch, options: SettleOptions): Promise<Settled | undefined> {
  const parts = [wholeOf(batch)];
  const refused = { entries: 0, bytes: 0 };
  while (parts.length > 0) {
    if (options.signal.aborted) return undefined;
    const part = parts.shift()!;
    if (part.ends.length === 0) continue;
    const rest = await sendPart(part, options, refused);
    if (rest === undefined) return undefined;
    parts.unshift(...rest);
  }
  return { entries: batch.ends.length - refused.entries, bytes: bytesOf(batch) - refused.bytes };
}

/** Sends it once; returns what is still to be settled of it, undefined when the signal came. */
async function sendPart(
  before: BatchPart,
  options: SettleOptions,
  refused: { entries: number; bytes: number },
): Promise<readonly BatchPart[] | undefined> {
  const { connection, signal } = options;
  let part = before;
  try {
    const sender = await connection.open();
    part = sentAgain(before);
    await sender.send(part, signal);
    connection.worked();
    return [];
  } catch (error) {
    if (signal.aborted) return undefined;
    const verdict = part === before ? ({ kind: 'retry', rest: part, error } as const) : verdictOf(error, part);
    if (verdict.kind === 'retry') return retry(part, verdict, connection);
    connection.worked();
    if (verdict.kind === 'split') return verdict.parts;
    if (!(await bury(part, verdict.rejected, options))) return undefined;
    refused.entries += verdict.rejected.length;
    for (const { index } of verdict.rejected) refused.bytes += payloadOf(part, index).length;
    return [verdict.rest];
  }
}

async function retry(
  part: BatchPart,
  { rest, error }: { readonly rest: BatchPart; readonly error: unknown },
  connection: Connection,
): Promise<readonly BatchPart[]> {
  if (rest.ends.length < part.ends.length) connection.progressed();
  if (rest.ends.length > 0) await connection.failed(error);
  return [rest];
}

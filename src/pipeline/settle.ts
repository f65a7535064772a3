import { RetryableError } from '../errors.ts';
import type { Batch } from '../senders/sender.ts';
import { bytesOf, payloadOf, rangeOf, sentAgain, wholeOf, type BatchPart } from './batch-part.ts';
import type { Breaker } from './breaker.ts';
import type { Connection } from './connection.ts';
import { bury, type BurialOptions } from './bury.ts';
import { takenOf, verdictOf, type Verdict } from './verdict.ts';

export interface SettleOptions extends BurialOptions {
  readonly connection: Connection;
  /** Without it all is sent, however much is refused. */
  readonly breaker?: Breaker;
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
    const count = part.ends.length;
    if (count === 0) continue;
    if (count > 1 && options.breaker?.isOpen === true) {
      parts.unshift(rangeOf(part, 0, 1), rangeOf(part, 1, count));
      continue;
    }
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
  const { connection, signal, breaker } = options;
  let part = before;
  try {
    const sender = await connection.open();
    part = sentAgain(before);
    await sender.send(part, signal);
    connection.worked();
    breaker?.accepted();
    return [];
  } catch (error) {
    if (signal.aborted) return undefined;
    const verdict = part === before ? ({ kind: 'retry', rest: part, error } as const) : verdictOf(error, part);
    if (takenOf(part, verdict) > 0) breaker?.accepted();
    if (verdict.kind === 'retry') return retry(part, verdict, connection);
    if (breaker?.isOpen !== true) connection.worked();
    if (verdict.kind === 'split') return verdict.parts;
    if (!(await bury(part, verdict.rejected, options))) return undefined;
    refused.entries += verdict.rejected.length;
    for (const { index } of verdict.rejected) refused.bytes += payloadOf(part, index).length;
    await slowDown(verdict, options);
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

/** Waits if the destination refuses everything, longer each time. */
async function slowDown(
  { rejected, rest }: Extract<Verdict, { kind: 'rejected' }>,
  { breaker, connection }: SettleOptions,
): Promise<void> {
  breaker?.refused(rejected.length);
  if (breaker?.isOpen !== true || rest.ends.length > 0) return;
  const { reason } = rejected.at(-1)!;
  const what = 'it refuses everything, and as long as it does it gets one entry at a time';
  await connection.failed(new RetryableError(`${what} (the last one: ${reason})`));
}

import { Backoff, pause } from '../backoff.ts';
import { messageOf, RejectedError, StateError, systemCodeOf, type Rejection } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { BatchPart } from './batch-part.ts';
import type { DeliveryCounts } from './counts.ts';
import { placeOf, type DeadLetters } from './dead-letters.ts';
import { recordError, recordRecovery, recordTrouble, type Health } from './health.ts';

export interface BurialOptions {
  readonly deadLetters: DeadLetters;
  readonly log: Log;
  readonly health: Health;
  readonly counts: DeliveryCounts;
  /** Ends it in the middle. */
  readonly signal: AbortSignal;
}

const BACKOFF = { baseMs: 1000, maxMs: 30_000 };

/**
 * Keeps payloads of a part that were refused for good, however long that takes: before it is done nothing of their batch
 * may be acknowledged. False when the signal came before.
 */
export async function bury(part: BatchPart, rejected: readonly Rejection[], options: BurialOptions): Promise<boolean> {
  const { counts, health, deadLetters } = options;
  const rotatedOut = await keepTrying(() => deadLetters.add(part, rejected), options);
  if (rotatedOut === undefined) return false;
  counts.rejectedEntries += rejected.length;
  if (deadLetters.path !== undefined) counts.deadLetters += rejected.length;
  counts.deadLettersRotatedOut += rotatedOut;
  const { time, message } = recordError(health, new RejectedError(rejected.at(-1)!.reason, rejected));
  health.lastRejection = { time, reason: message };
  tell(part, rejected, options);
  if (rotatedOut > 0) {
    options.log.error(
      `${deadLetters.path!} is full ("dead_letter_max_bytes"): ${counted(rotatedOut, 'of the oldest dead letter')} had to make room and can no longer be sent again.`,
      'dead-letters-rotated-out',
    );
  }
  return true;
}

async function keepTrying(
  add: () => Promise<number>,
  { deadLetters, health, log, signal }: BurialOptions,
): Promise<number | undefined> {
  const backoff = new Backoff(BACKOFF);
  while (!signal.aborted) {
    try {
      const rotatedOut = await add();
      if (backoff.attempts > 0) recordRecovery(health);
      return rotatedOut;
    } catch (error) {
      const failure = new StateError(`cannot write the dead letters ${deadLetters.path ?? ''}: ${messageOf(error)}`);
      recordTrouble(health, failure);
      const stack = systemCodeOf(error) === undefined && error instanceof Error ? ` ${error.stack ?? ''}` : '';
      log.error(
        `${failure.message}; its directory must be writable, with space left. Until then nothing more is sent or acknowledged, nothing is lost.${stack}`,
        'dead-letters',
      );
      await pause(backoff.nextMs(), signal);
    }
  }
  return undefined;
}

function tell(part: BatchPart, rejected: readonly Rejection[], { deadLetters, log }: BurialOptions): void {
  const [{ index, reason }] = rejected as [Rejection];
  const refused = `${counted(rejected.length, 'entry')} refused for good (${reason})`;
  if (deadLetters.path !== undefined) {
    log.error(`${refused}; kept in ${deadLetters.path}, "journalbridge redrive" sends them again.`, 'rejected');
    return;
  }
  const { cursor, cursor_is_approximate: isApproximate } = placeOf(part, index);
  log.error(
    `${refused} and not kept, as there is no "json_state_file_path": ${isApproximate ? 'shortly before' : 'at'} ${cursor} in the journal.`,
    'rejected',
  );
}

function counted(count: number, noun: string): string {
  const plural = noun === 'entry' ? 'entries' : `${noun}s`;
  return count === 1 ? `1 ${noun}` : `${count} ${plural}`;
}

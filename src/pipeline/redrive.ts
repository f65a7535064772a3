import { link, open, unlink, type FileHandle } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';
import type { Sender } from '../senders/sender.ts';
import type { DeadLetter } from '../state/dead-letter.ts';
import { readLetters, type DeadLetterFile } from '../state/dead-letter-file.ts';
import type { Log } from '../telemetry/log.ts';
import { Connection } from './connection.ts';
import { newCounts } from './counts.ts';
import { newHealth, type Health } from './health.ts';
import { Patience } from './patience.ts';
import type { QueueLimits } from './queue.ts';
import { batchOf } from './redrive-batch.ts';
import { LeftOver } from './redrive-left.ts';
import { settle, type SettleOptions } from './settle.ts';

export interface RedriveOptions {
  readonly file: DeadLetterFile;
  /** The fields that the sender wants in heads, if it wants heads. */
  readonly head: readonly string[] | undefined;
  readonly limits: Pick<QueueLimits, 'batchMaxEntries' | 'batchMaxBytes'>;
  readonly log: Log;
  /** Ends it; what was not sent stays. */
  readonly stop: AbortSignal;
  /** Ends it, too, when the destination has neither taken nor refused anything for so long. */
  readonly patienceMs: number;
  createSender(): Promise<Sender>;
}

/** What has become of the dead letters. */
export interface Redriven {
  readonly accepted: number;
  /** Refused again, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  /** Not settled: they stay as they were. */
  readonly unsent: number;
  /** Lines that are no dead letters: they stay. */
  readonly unreadable: number;
  /** What the delivery was stuck with at the end. */
  readonly trouble: Health['trouble'];
}

/** Sends a sender's dead letters again: what is accepted leaves the file. Killed at any time it loses none. */
export async function redrive(options: RedriveOptions): Promise<Redriven> {
  const { log, file, stop, patienceMs } = options;
  const patience = new Patience(stop, patienceMs);
  const { signal } = patience;
  const shared = { log, signal, counts: newCounts(), health: newHealth() };
  const createSender = async (): Promise<Sender> => patience.watch(await options.createSender());
  const connection = new Connection({ ...shared, createSender });
  const parts: Redriven[] = [];
  try {
    const rolled = await file.roll();
    for (const { path } of await file.segments()) {
      if (path === file.path) continue; // begun by a daemon since, which still writes it
      const left = await LeftOver.open(file.path, path);
      parts.push(
        await redriveSegment(path, left, { ...options, settling: { ...shared, connection, deadLetters: left } }),
      );
    }
    if (rolled !== undefined) await putBack(rolled, file.path);
  } finally {
    patience.end();
    await connection.close();
  }
  return { ...sumOf(parts), trouble: shared.health.trouble };
}

/** Sends the letters of one file. If that fails for reasons of our own, the file stays as it is. */
async function redriveSegment(
  path: string,
  left: LeftOver,
  { head, limits, settling }: RedriveOptions & { readonly settling: SettleOptions },
): Promise<Redriven> {
  let [accepted, unsent, unreadable] = [0, 0, 0];
  try {
    for await (const { letters, strays } of batchesIn(path, limits)) {
      await left.write(strays);
      unreadable += strays.length;
      left.begin(letters);
      if (letters.length === 0) continue;
      const settled = await settle(batchOf(letters, head), settling);
      if (settled === undefined) unsent += await left.keepRest();
      else accepted += settled.entries;
    }
    await left.replace();
    return { accepted, unsent, unreadable, refused: left.reasons, trouble: undefined };
  } catch (error) {
    await left.abandon();
    throw error;
  }
}

/** The file's letters in batches, each with the lines among them that are no letters. */
async function* batchesIn(
  path: string,
  { batchMaxBytes, batchMaxEntries }: RedriveOptions['limits'],
): AsyncGenerator<{ letters: DeadLetter[]; strays: Buffer[] }> {
  let [letters, strays, bytes]: [DeadLetter[], Buffer[], number] = [[], [], 0];
  await using file = await openIfThere(path);
  if (file === undefined) return; // a daemon has removed it meanwhile, to make room
  for await (const { line, letter } of readLetters(file)) {
    if (letter === undefined) {
      strays.push(line);
      continue;
    }
    if (letters.length > 0 && (letters.length >= batchMaxEntries || bytes + line.length > batchMaxBytes)) {
      yield { letters, strays };
      [letters, strays, bytes] = [[], [], 0];
    }
    letters.push(letter);
    bytes += line.length;
  }
  yield { letters, strays };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is left goes back to where it was, unless a daemon has begun a new file there: then it stays an older one. */
async function putBack(rolled: string, path: string): Promise<void> {
  try {
    await link(rolled, path);
    await unlink(rolled);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(systemCodeOf(error) ?? '')) throw error;
  }
}

function sumOf(parts: readonly Redriven[]): Omit<Redriven, 'trouble'> {
  const refused = new Map<string, number>();
  for (const part of parts) {
    for (const [reason, count] of part.refused) refused.set(reason, (refused.get(reason) ?? 0) + count);
  }
  const sum = (key: 'accepted' | 'unsent' | 'unreadable'): number =>
    parts.reduce((total, part) => total + part[key], 0);
  return { accepted: sum('accepted'), unsent: sum('unsent'), unreadable: sum('unreadable'), refused };
}

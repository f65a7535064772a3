import { pause } from '../backoff.ts';
import type { Start } from './arguments.ts';
import { parseCursor } from './cursor.ts';
import { parseArchiveName, readFileHeader, type FileHeader, type KnownFile } from './file-header.ts';

/** A journal file that is not read, and why. */
export interface IgnoredFile {
  readonly path: string;
  readonly why: string;
  /** The log has a line that tells of it. */
  readonly isTold: boolean;
}

/** A file that journald is just making looks truncated, for some milliseconds. */
const BIRTH_MS = 1000;

/** Whether the file was only not finished yet as journalctl came by; a running journalctl then looks at it again. */
export async function isTransient({ path, why }: IgnoredFile, signal: AbortSignal): Promise<boolean> {
  if (!/is truncated|corrupted/.test(why)) return false;
  const header = await readFileHeader(path);
  if (header !== undefined && header.entries > 0) return false;
  await pause(BIRTH_MS, signal);
  return (await readFileHeader(path))?.isComplete ?? false;
}

/** Whether all entries of a file come before the place where reading begins. */
export function isBefore({ sequence, tailNumber, tailUs }: FileHeader, start: Start): boolean {
  if (start.kind === 'head' || tailUs === 0) return false;
  if (start.kind === 'since') return tailUs < start.realtimeUs;
  const place = parseCursor(start.cursor);
  if (place === undefined) return false;
  return place.sequence === sequence ? tailNumber <= place.number : tailUs <= place.realtimeUs;
}

/**
 * The same of a file whose header is lost, by its name and a later file of its series: all it held was logged before
 * that one began.
 */
export function isBeforeByName(path: string, others: readonly KnownFile[], start: Start): boolean {
  const name = parseArchiveName(path);
  if (name === undefined || start.kind === 'head') return false;
  const place = start.kind === 'cursor' ? parseCursor(start.cursor) : { ...start, sequence: undefined, number: 0n };
  if (place === undefined) return false;
  const isLater = ({ sequence, headNumber, headUs }: FileHeader): boolean =>
    sequence === name.sequence ? headNumber > name.headNumber : headUs > name.headUs;
  const isReached = ({ sequence, headNumber, headUs }: FileHeader): boolean =>
    sequence === place.sequence ? headNumber <= place.number + 1n : headUs <= place.realtimeUs;
  return others.some(
    ({ path: other, header }) => seriesOf(other) === name.series && isLater(header) && isReached(header),
  );
}

function seriesOf(path: string): string {
  return parseArchiveName(path)?.series ?? path.replace(/\.journal~?$/, '');
}

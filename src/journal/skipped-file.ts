import { pause } from '../backoff.ts';
import type { Start } from './arguments.ts';
import { parseCursor } from './cursor.ts';
import { readFileHeader, type FileHeader } from './file-header.ts';

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

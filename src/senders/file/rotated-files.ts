import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { byAge, isLeftover, parseRotatedName, type RotatedName, type Rotation } from './rotated-name.ts';

/** What lies beside an output: its rotated files, the oldest first, and what interrupted compressions left. */
export interface RotatedFiles {
  readonly rotated: readonly RotatedName[];
  readonly leftovers: readonly string[];
}

/** Looks for the rotated files of an output. */
export async function rotatedFiles(path: string): Promise<RotatedFiles> {
  const base = basename(path);
  const names = await readdir(dirname(path)).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return {
    rotated: names
      .map((name) => parseRotatedName(base, name))
      .filter((name) => name !== undefined)
      .sort(byAge),
    leftovers: names.filter((name) => isLeftover(base, name)),
  };
}

/** The newest rotation of an output. */
export async function lastRotation(path: string): Promise<Rotation | undefined> {
  const last = (await rotatedFiles(path)).rotated.at(-1);
  return last && { stamp: last.stamp, counter: last.counter };
}

import { statfs } from 'node:fs/promises';
import type { StatsFs } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../../errors.ts';
import { size } from '../../quantities.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import type { Facts } from '../facts.ts';
import { writtenPlaces } from '../written-paths.ts';

const FULL_BYTES = 1024 * 1024;
const LOW_BYTES = 5 * 1024 ** 3;
const LOW_PART = 0.05;
const REMEDY = 'free some space; nothing is lost as long as the journal keeps what waits';

/** Whether there is room where the state, dead letters and outputs are written. */
export function lookAtDisks(facts: Facts): Promise<Finding[]> {
  const directories = [...new Set(writtenPlaces(facts).map(({ directory }) => directory))];
  return Promise.all(directories.map(lookAt));
}

async function lookAt(directory: string): Promise<Finding> {
  const { bsize, blocks, bavail, files, ffree } = await statfsAbove(directory);
  if (blocks === 0) return ok(directory, 'its file system knows no limit');
  const free = bavail * bsize;
  const part = bavail / blocks;
  const text = `${size(free)} free, ${Math.floor(part * 100)} %`;
  if (free < FULL_BYTES) return fail(directory, `the disk is full: ${text}`, REMEDY);
  if (files > 0 && ffree === 0) return fail(directory, 'no inode is free', 'remove some files');
  if (part < LOW_PART && free < LOW_BYTES) return warn(directory, `the disk is nearly full: ${text}`, REMEDY);
  return ok(directory, text);
}

/** Of the file system that a directory is on, or would be. */
async function statfsAbove(directory: string): Promise<StatsFs> {
  try {
    return await statfs(directory);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || dirname(directory) === directory) throw error;
    return statfsAbove(dirname(directory));
  }
}

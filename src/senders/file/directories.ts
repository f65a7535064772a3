import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { RetryableError, systemCodeOf } from '../../errors.ts';
import type { Ownership } from './ownership.ts';

const STICKY = 0o1000;
const WRITABLE_BY_ALL = 0o002;

export interface DirectoryOptions extends Ownership {
  /** The directory above all places of a template; below it no link is followed. */
  readonly root: string;
  readonly createsRoot: boolean;
  readonly mode: number;
  /** Directories with names that are still to be forced to the disk. */
  readonly unsynced: Set<string>;
}

/** Makes the directories that are missing, and refuses those where others could slip something in. */
export async function prepareDirectory(path: string, options: DirectoryOptions): Promise<void> {
  const { root } = options;
  if (options.createsRoot) await makeAll(resolve(root), options);
  await refuseForeign(await realpath(root));
  const below = path === root ? [] : path.slice(root === '/' ? 1 : root.length + 1).split('/');
  let folder = root;
  for (const name of below) {
    folder = join(folder, name);
    await makeReal(folder, options);
  }
}

async function makeAll(path: string, options: DirectoryOptions): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined || path === dirname(path)) return;
  await makeAll(dirname(path), options);
  await make(path, options);
}

/** A directory below the root: made when it is missing, never a link. */
async function makeReal(path: string, options: DirectoryOptions): Promise<void> {
  const found = (await lookAt(path)) ?? (await make(path, options), await lstat(path));
  if (found.isSymbolicLink()) throw new RetryableError(`${path} is a symbolic link, which is not followed there`);
  if (!found.isDirectory()) throw new RetryableError(`${path} is no directory`);
  refuseIfOpen(path, found);
}

async function lookAt(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function make(path: string, { mode, uid, gid, unsynced }: DirectoryOptions): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return;
    throw error;
  }
  if (uid !== -1 || gid !== -1) await chown(path, uid, gid);
  await chmod(path, mode);
  unsynced.add(dirname(path));
}

/** Throws when everybody may write to a directory or to one above it: who may can rename what is in it. */
export async function refuseForeign(real: string): Promise<void> {
  for (let path = real; ; path = dirname(path)) {
    refuseIfOpen(path, await stat(path));
    if (path === dirname(path)) return;
  }
}

function refuseIfOpen(path: string, { mode, uid }: { mode: number; uid: number }): void {
  if ((mode & WRITABLE_BY_ALL) === 0) return;
  const isOurs = uid === process.getuid?.() || uid === 0;
  if ((mode & STICKY) !== 0 && isOurs) return;
  throw new RetryableError(
    `everybody may write to ${path}; take that right away (chmod o-w), or set the sticky bit on a directory of ours`,
  );
}

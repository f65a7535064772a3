import { constants } from 'node:fs';
import { lstat, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { identityOf, readTail, tailHash, type FileRecord } from './file-record.ts';

/**
 * Cuts a file back to how it stood when the record was made, wherever it was renamed to in its directory. Returns why
 * not, in words, when it is not provably the same file with nothing but our lines behind that place.
 */
export async function takeBack(record: FileRecord): Promise<string | undefined> {
  const path = await whereIs(record);
  if (path === undefined) return record.size > 0 ? 'it was moved away or removed' : undefined;
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const reason = await cutBack(file, record);
    if (reason === undefined && record.size === 0 && path !== record.path) await unlink(path);
    return reason;
  } finally {
    await file.close();
  }
}

async function cutBack(file: FileHandle, { id, size, tail }: FileRecord): Promise<string | undefined> {
  const found = await file.stat({ bigint: true });
  if (!found.isFile() || identityOf(found) !== id) return 'another file has taken its place';
  if (found.size < size) return 'it is shorter than it was';
  if (tailHash(await readTail(file, size)) !== tail) return 'its content is not what it was';
  if (Number(found.size) === size) return undefined;
  await file.truncate(size);
  await file.datasync();
  return undefined;
}

/** A rotation, ours or somebody else's, has at most put something behind the name. */
async function whereIs({ path, id }: FileRecord): Promise<string | undefined> {
  if (await isThere(path, id)) return path;
  const folder = dirname(path);
  const names = await readdir(folder).catch(ignoreMissing);
  for (const name of names ?? []) {
    if (name.startsWith(`${basename(path)}.`) && (await isThere(join(folder, name), id))) return join(folder, name);
  }
  return undefined;
}

async function isThere(path: string, id: string): Promise<boolean> {
  const found = await lstat(path, { bigint: true }).catch(ignoreMissing);
  return found?.isFile() === true && identityOf(found) === id;
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined;
  throw error;
}

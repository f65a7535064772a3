import { constants } from 'node:fs';
import { lstat, open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { identityOf, readTail, tailHash, type FileRecord } from './file-record.ts';

/**
 * Cuts a file back to how it stood when the record was made, wherever it was renamed to in its directory. Returns why
 * not, in words, when it is not provably the same file with nothing but our lines behind that place. `followsLink`: where
 * the path itself is a link, the file is what it leads to.
 */
export async function takeBack(record: FileRecord, followsLink: boolean): Promise<string | undefined> {
  const path = await whereIs(record, followsLink);
  if (path === undefined) return record.size > 0 ? 'it was moved away or removed' : undefined;
  const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDWR | O_NONBLOCK | (followsLink ? 0 : O_NOFOLLOW));
  try {
    const reason = await cutBack(file, record);
    if (reason === undefined && record.size === 0 && path !== record.path) await unlink(path);
    return reason;
  } finally {
    await file.close();
  }
}

/** Whether a file has more than the record says. */
export async function isLonger({ path, id, size }: FileRecord): Promise<boolean> {
  const found = await stat(path, { bigint: true }).catch(ignoreMissing);
  return found !== undefined && identityOf(found) === id && Number(found.size) > size;
}

async function cutBack(file: FileHandle, { id, size, tail, isShared }: FileRecord): Promise<string | undefined> {
  const found = await file.stat({ bigint: true });
  if (!found.isFile() || identityOf(found) !== id) return 'another file has taken its place';
  if (found.size < size) return 'it is shorter than it was';
  if (tailHash(await readTail(file, size)) !== tail) return 'its content is not what it was';
  if (Number(found.size) === size) return undefined;
  if (isShared === true) return 'others have written to it, too';
  if (found.nlink > 1n) return 'it has another name, too (a hard link), under which somebody keeps it as it is';
  await file.truncate(size);
  await file.datasync();
  return undefined;
}

/** A rotation, ours or somebody else's, has at most put something behind the name. */
async function whereIs({ path, id }: FileRecord, followsLink: boolean): Promise<string | undefined> {
  if (await isThere(path, id, followsLink)) return path;
  const folder = dirname(path);
  const names = await readdir(folder).catch(ignoreMissing);
  for (const name of names ?? []) {
    if (name.startsWith(`${basename(path)}.`) && (await isThere(join(folder, name), id, false)))
      return join(folder, name);
  }
  return undefined;
}

async function isThere(path: string, id: string, followsLink: boolean): Promise<boolean> {
  const found = await (followsLink ? stat : lstat)(path, { bigint: true }).catch(ignoreMissing);
  return found?.isFile() === true && identityOf(found) === id;
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined;
  throw error;
}

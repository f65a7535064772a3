import { constants } from 'node:fs';
import { open, readlink, realpath, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RetryableError, systemCodeOf } from '../../errors.ts';
import { prepareDirectory } from './directories.ts';
import type { OpenOptions } from './file-options.ts';

const { O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Opens a file for appending, and makes it when it is missing: with just the mode and owner asked for. Its name is left to be made durable. */
export async function openForAppending(path: string, options: OpenOptions): Promise<FileHandle> {
  await prepareFolder(dirname(path), options);
  // A link that leads nowhere yet is there already, but what it names is made here: never wider than was asked for.
  return (await create(path, options)) ?? (await openExisting(path, options));
}

/** Finds out whether the directory of an output is as it should be, once for each batch; makes it if need be. */
export async function prepareFolder(folder: string, options: OpenOptions): Promise<void> {
  const { root, createsDirectories, hasPlaces, directoryMode, checked } = options;
  if (checked.has(folder)) return;
  await prepareDirectory(folder, {
    ...options,
    root: hasPlaces ? root : folder,
    createsRoot: createsDirectories,
    mode: directoryMode,
  });
  checked.add(folder);
}

/** Makes a file that is not there; undefined when it is. */
export async function create(path: string, options: OpenOptions): Promise<FileHandle | undefined> {
  const { fileMode, uid, gid, unsynced } = options;
  const flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW;
  const file = await open(path, flags, fileMode & 0o600).catch((error: unknown) => {
    if (systemCodeOf(error) === 'EEXIST') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    await refuseElsewhere(file, path, options);
    if (uid !== -1 || gid !== -1) await file.chown(uid, gid);
    await file.chmod(fileMode);
    unsynced.add(dirname(path));
    return file;
  } catch (error) {
    await file.close();
    await unlink(path).catch(() => undefined); // it is empty, and not as it should be
    throw error;
  }
}

async function openExisting(path: string, options: OpenOptions): Promise<FileHandle> {
  const { isStrict, fileMode } = options;
  const flags = isStrict ? O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK : O_RDWR | O_APPEND | O_CREAT;
  const file = await open(path, flags, fileMode);
  try {
    await refuseElsewhere(file, path, options);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A directory that was replaced by a link between its check and now is noticed by where the file really lies. */
async function refuseElsewhere(file: FileHandle, path: string, { hasPlaces, root }: OpenOptions): Promise<void> {
  if (!hasPlaces) return;
  const real = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
  const wanted = join(await realpath(root), path.slice(root === '/' ? 0 : root.length));
  if (real !== undefined && real !== wanted) throw new RetryableError('a directory of its path was replaced by a link');
}

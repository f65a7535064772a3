import { open } from 'node:fs/promises';

/** Makes what happened to the names in a directory last: fsync(2) of a file says nothing about its name. */
export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

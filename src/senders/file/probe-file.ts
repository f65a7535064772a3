import { access, constants, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RetryableError, systemCodeOf } from '../../errors.ts';
import { refuseForeign } from './directories.ts';
import { checkBeginning } from './torn-line.ts';

/**
 * Throws what opening this file for appending would; makes nothing and changes nothing, as a daemon may be writing to it.
 */
export async function probeFile(path: string, createsDirectories: boolean): Promise<void> {
  // Without waiting, or a FIFO that nobody reads would hold it up.
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_NONBLOCK;
  await refuseForeign(await realpath(dirname(path)).catch(() => '/'));
  const file = await open(path, flags).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) {
    await probeDirectory(dirname(path), createsDirectories);
    return;
  }
  try {
    const found = await file.stat();
    if (found.isFIFO()) throw new RetryableError('it is a FIFO: nobody may read it, and a write would never end');
    if (found.isFile()) await checkBeginning(file, found.size, path);
  } finally {
    await file.close();
  }
}

/** Throws what making a file in this directory would. */
export async function probeDirectory(path: string, mayBeMade: boolean): Promise<void> {
  try {
    await refuseForeign(await realpath(path));
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!mayBeMade || systemCodeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await probeDirectory(dirname(path), mayBeMade);
  }
}

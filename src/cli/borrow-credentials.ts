import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { unitOf } from './unit-of.ts';

/**
 * Outside of the service there is no $CREDENTIALS_DIRECTORY, but where the service runs, whoever may read its
 * credentials can look at the same ones.
 */
export async function borrowCredentials(configPath: string, root = '/run/credentials'): Promise<void> {
  if ((process.env['CREDENTIALS_DIRECTORY'] ?? '') !== '') return;
  const folder = join(root, unitOf(configPath));
  const isReadable = await access(folder, constants.R_OK | constants.X_OK).then(
    () => true,
    () => false, // it does not run, has none, or they are not for us
  );
  if (isReadable) process.env['CREDENTIALS_DIRECTORY'] = folder;
}

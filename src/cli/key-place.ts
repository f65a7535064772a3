import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { valueOf } from '../config/credentials.ts';
import { readSecretFile } from '../config/secret-file.ts';
import { messageOf } from '../errors.ts';
import { UsageError } from './usage-error.ts';

/**
 * The key that stands where `--key` says: `env:NAME`, `credential:NAME`, or the path of a file; a bare name may be that of a
 * credential, too. Throws UsageError.
 */
export async function readKeyAt(where: string): Promise<string> {
  const [, kind, name = ''] = /^(env|credential):(.*)$/s.exec(where) ?? [];
  try {
    if (kind !== undefined) return await valueOf({ kind: kind as 'env' | 'credential', name });
    return await readSecretFile(pathOf(where), 'the key', { mayBePipe: true });
  } catch (error) {
    throw new UsageError(`the key cannot be had: ${messageOf(error)}`, { cause: error, wantsUsage: false });
  }
}

/** A name that is not there is not said again: somebody may have given the key itself. */
function pathOf(where: string): string {
  if (existsSync(where)) return where;
  const credentials = process.env['CREDENTIALS_DIRECTORY'];
  const credential = credentials === undefined || where.includes('/') ? undefined : join(credentials, where);
  if (credential !== undefined && existsSync(credential)) return credential;
  const isShown = /^[\w./-]{1,255}$/.test(where) && !/[\w/-]{32}/.test(where);
  throw new UsageError(
    `--key names the place of a key, not the key itself: a file that holds it, env:NAME or credential:NAME; there is no ${isShown ? where : 'such file'}`,
    { wantsUsage: false },
  );
}

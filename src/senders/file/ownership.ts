import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RetryableError } from '../../errors.ts';

/** Who is to own what is created; -1: whoever does. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
}

const execute = promisify(execFile);

/** Finds the numbers of a user and a group. Throws RetryableError when there is none of that name. */
export async function findOwnership(owner: string | undefined, group: string | undefined): Promise<Ownership> {
  const [uid, gid] = await Promise.all([numberOf('passwd', owner), numberOf('group', group)]);
  return { uid, gid };
}

async function numberOf(database: 'passwd' | 'group', name: string | undefined): Promise<number> {
  if (name === undefined) return -1;
  if (/^\d+$/.test(name)) return Number(name);
  try {
    const { stdout } = await execute('getent', [database, name]);
    return Number(stdout.split(':')[2]);
  } catch (error) {
    const what = database === 'passwd' ? 'user' : 'group';
    throw new RetryableError(`there is no ${what} "${name}" on this system`, { cause: error });
  }
}

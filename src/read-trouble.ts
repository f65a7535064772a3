import { messageOf, systemCodeOf } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied; let the user that runs journalbridge read it',
  EPERM: 'permission denied; let the user that runs journalbridge read it',
  EISDIR: 'it is a directory; name the file in it',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** Why a file that somebody named cannot be read, in words. */
export function readTrouble(error: unknown): string {
  return REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error);
}

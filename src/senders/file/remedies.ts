import { messageOf, RetryableError, systemCodeOf } from '../../errors.ts';

const REMEDIES: Record<string, string> = {
  ENOENT: 'its directory does not exist; create it, or set "create_directories"',
  EACCES:
    "this process may not write there; check the owner and mode of the file and its directory, and the unit's sandbox",
  EPERM: 'the system does not allow it; check attributes (chattr), "owner" and "group", and the sandbox of the unit',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a directory; "file_output" must name a file',
  ENOTDIR: 'a part of its path is no directory',
  ELOOP: 'it is a symbolic link, which is not followed where files are rotated or their names come from entries',
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EMFILE: 'too many files are open; raise the limit (LimitNOFILE=) or lower "max_open_files"',
  EIO: 'the disk reports an error',
};

/** A failure that has been put into words. */
class ExplainedError extends RetryableError {}

/** Does something with a file; what goes wrong becomes a RetryableError that tells the remedy. */
export async function explained(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof ExplainedError) throw error;
    const remedy = REMEDIES[systemCodeOf(error) ?? ''] ?? messageOf(error);
    // Of thousands of files on a full disk one is named.
    throw new ExplainedError(`cannot write to ${path}: ${remedy}`, { cause: error, kind: remedy });
  }
}

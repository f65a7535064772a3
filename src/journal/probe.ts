import { readFile } from 'node:fs/promises';
import { JournalError, messageOf } from '../errors.ts';
import { askJournalctl, findCommand } from './journalctl.ts';
import { classifyComplaint } from './stderr.ts';

/** What the journalctl at hand can do, found out by asking it. */
export interface Capabilities {
  readonly path: string;
  /** The number after "systemd", 0 when it told none. */
  readonly version: number;
  /** `--follow --merge` is accepted, so that following is not limited to the current boot. */
  readonly canMergeFollow: boolean;
  readonly machineId: string | undefined;
  /** The id of the boot we run in, as in `_BOOT_ID`. */
  readonly bootId: string | undefined;
}

/** A machine that is busy, as just after its boot, may take its time for the simplest program. */
const VERSION_TIMEOUT_MS = 30_000;
const MERGE_TIMEOUT_MS = 5000;

/** Asks journalctl for its version and for what it accepts. Throws JournalError when there is none to run. */
export async function probeJournalctl(command: string, timeoutMs = VERSION_TIMEOUT_MS): Promise<Capabilities> {
  const path = findCommand(command);
  if (path === undefined) {
    throw new JournalError(
      `cannot run ${command}: there is no such program; install systemd or set "journalctl_path" to where journalctl is`,
    );
  }
  const [version, canMergeFollow, machineId, bootId] = await Promise.all([
    askVersion(path, timeoutMs),
    askMergeFollow(path),
    readId('/etc/machine-id'),
    readId('/proc/sys/kernel/random/boot_id'),
  ]);
  return { path, version, canMergeFollow, machineId, bootId };
}

async function askVersion(path: string, timeoutMs: number): Promise<number> {
  try {
    const { stdout, stderr, code } = await askJournalctl(path, ['--version'], timeoutMs);
    const version = /systemd (\d+)/.exec(stdout.toString('latin1'))?.[1];
    if (version === undefined && code !== 0) throw new JournalError(stderr || `exit code ${String(code)}`);
    return Number(version ?? 0);
  } catch (error) {
    throw new JournalError(`cannot run ${path}: ${messageOf(error)}; it must be a journalctl (systemd 245 or later)`, {
      cause: error,
    });
  }
}

// Options are checked before any journal is opened, so a place that is not there gives the answer at once.
async function askMergeFollow(path: string): Promise<boolean> {
  const args = ['--output=export', '--no-pager', '--follow', '--merge', '--directory=/nonexistent'];
  try {
    const { stderr } = await askJournalctl(path, args, MERGE_TIMEOUT_MS);
    return !stderr.split('\n').some((line) => classifyComplaint(line).complaint === 'merge-refused');
  } catch {
    return true; // it is waiting for entries, so it has not refused
  }
}

async function readId(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'latin1').catch(() => '');
  const id = text.trim().replaceAll('-', '');
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}

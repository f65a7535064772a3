import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open, stat, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { pause } from '../backoff.ts';
import { messageOf, StateError, StateInUseError, systemCodeOf } from '../errors.ts';
import { targetPath } from '../target-path.ts';
import type { Log } from '../telemetry/log.ts';

/** As long as it is held no other journalbridge uses the state file. It ends with the process, however that ends. */
export interface StateLock {
  release(): Promise<void>;
}

/** Who holds the lock of a state file, as far as it is known: the id of a process there, and its machine or container. */
export interface Holder {
  readonly pid?: number;
  readonly host?: string;
}

/** A predecessor may just be ending, and whoever only asks has the lock for a moment. */
const PATIENCE_MS = 500;
const RETRY_MS = 50;
/** The exit code of flock(1) when somebody else has the lock. */
const IS_HELD = 1;

/** Takes the lock of a state file. Throws StateInUseError when another process has it, StateError when there can be none. */
export async function lockState(statePath: string, log: Log): Promise<StateLock> {
  await refuseHardLinks(statePath);
  const path = await lockPathOf(statePath);
  const deadline = performance.now() + PATIENCE_MS;
  // Open for writing it would keep the file system from being remounted read-only.
  let access = constants.O_RDONLY;
  for (;;) {
    const file = await openLock(path, statePath, access);
    const taken = await take(file);
    if (taken === 'held' && performance.now() > deadline) throw await inUse(statePath, file);
    const mayStay = taken !== 'held' && (await isAt(file, path));
    if (mayStay && (taken === 'taken' || access === constants.O_RDWR)) {
      if (taken !== 'taken') log.warn(`${path} cannot be locked: ${taken}; see to it that no other process uses it.`);
      await introduce(path);
      return { release: () => release(file, path) };
    }
    await file.close();
    if (taken === 'held') await pause(RETRY_MS, new AbortController().signal);
    else if (taken !== 'taken') access = constants.O_RDWR; // NFS wants it so
  }
}

/** Each name of a file would have a lock of its own. */
async function refuseHardLinks(statePath: string): Promise<void> {
  const found = await stat(statePath).catch(() => undefined);
  if (found?.isFile() !== true || found.nlink === 1) return;
  throw new StateError(
    `the state file ${statePath} is a hard link, one of ${found.nlink} names of the same file: no lock keeps those apart who use the others. ` +
      'Remove the other names ("find / -xdev -samefile FILE" finds them), or make this one a copy or a symbolic link',
  );
}

/** Who is using the state file now; undefined when nobody is. */
export async function findHolder(statePath: string): Promise<Holder | undefined> {
  const path = await lockPathOf(statePath);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw new StateError(`${path} cannot be read: ${messageOf(error)}; check its owner and mode`, { cause: error });
  });
  if (file === undefined) return undefined;
  try {
    return (await take(file)) === 'held' ? await holderIn(file) : undefined;
  } finally {
    await file.close();
  }
}

/** One lock for all names of a state file: the one beside what its symbolic links lead to. */
async function lockPathOf(statePath: string): Promise<string> {
  return `${await targetPath(statePath)}.lock`;
}

async function openLock(path: string, statePath: string, access: number): Promise<FileHandle> {
  try {
    return await open(path, access | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new StateError(
      `cannot write the state file ${statePath}: ${messageOf(error)}; its directory must be there and writable, with space left`,
      { cause: error },
    );
  }
}

/**
 * Node has no flock(2). flock(1) locks the open file that it inherits, and the lock stays with that file when flock has
 * ended: until we close it, or are gone. Anything but `taken` and `held` tells why there can be no lock.
 */
async function take(file: FileHandle): Promise<string> {
  return new Promise((resolve) => {
    let complaint = '';
    const child = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', file.fd] });
    child.on('error', (error) => {
      resolve(`flock(1) of util-linux cannot be run (${error.message})`);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.on('close', (code, signal) => {
      if (code === 0) resolve('taken');
      else if (code === IS_HELD) resolve('held');
      else resolve(complaint.trim() || `flock(1) ended with ${String(code ?? signal)}`);
    });
  });
}

/** Whether it is still this file that others find at the path: whoever ends removes it. */
async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const [held, found] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return held.ino === found?.ino && held.dev === found.dev;
}

/** Writes down who we are, for the message of whoever comes second; on a full disk it has to do without. */
async function introduce(path: string): Promise<void> {
  await writeFile(path, `${process.pid} ${hostname()}\n`).catch(() => undefined);
}

async function holderIn(file: FileHandle): Promise<Holder> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
  const [, pid, host] = /^(\d+) (\S+)\n/.exec(buffer.toString('utf8', 0, bytesRead)) ?? [];
  return pid === undefined || host === undefined ? {} : { pid: Number(pid), host };
}

async function inUse(statePath: string, file: FileHandle): Promise<StateInUseError> {
  const holder = await holderIn(file).finally(() => file.close());
  const who = holder.pid === undefined ? 'a process' : `process ${holder.pid}`;
  const where = holder.host === undefined || holder.host === hostname() ? '' : ` on ${holder.host}`;
  return new StateInUseError(
    `the state file ${statePath} is in use by another journalbridge, ${who}${where}: two would undo each other's work. ` +
      'Stop that one, or give this one a "json_state_file_path" of its own',
    holder,
  );
}

async function release(file: FileHandle, path: string): Promise<void> {
  // While we hold it nobody else can have made this file theirs; where it cannot be removed it does no harm.
  if (await isAt(file, path)) await unlink(path).catch(() => undefined);
  await file.close();
}

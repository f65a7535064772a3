import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { fchmodSync, fchownSync, unlinkSync, type BigIntStats } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { BulkAnswers, BulkTask, ClosedFile, Opened, OpenTask, Root, WriteTask } from './bulk-tasks.ts';
import { messageOf, systemCodeOf } from '../../errors.ts';
import { identityOf, TAIL_BYTES } from './file-record.ts';

// A thread of its own: these calls wait for the disk, and one by one they cost much less than what hands them to a pool.

const { O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
const NEWLINE = 0x0a;

parentPort!.on('message', (task: BulkTask) => {
  parentPort!.postMessage(answerTo(task));
});

function answerTo(task: BulkTask): BulkAnswers[BulkTask['kind']] {
  if (task.kind === 'look') return task.paths.map(lookAt);
  return task.kind === 'open' ? openAll(task) : writeAll(task);
}

function lookAt(path: string): string {
  try {
    const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return found?.isFile() === true ? seenAs(found) : '';
  } catch {
    return ''; // whoever opens it finds out why
  }
}

function openAll(task: OpenTask): (Opened | undefined)[] {
  let left = task.keep;
  return task.paths.map((path) => {
    try {
      const opened = make(path, task) ?? openExisting(path, task);
      if (left-- > 0) return opened;
      closeSync(opened.fd!);
      return { ...opened, fd: undefined };
    } catch {
      return undefined; // whoever opens it with more care finds out why
    }
  });
}

function make(path: string, { mode, uid, gid, root }: OpenTask): Opened | undefined {
  const fd = openNew(path, mode & 0o600);
  if (fd === undefined) return undefined;
  try {
    refuseElsewhere(fd, path, root);
    if (uid !== -1 || gid !== -1) fchownSync(fd, uid, gid);
    fchmodSync(fd, mode);
    const found = fstatSync(fd, { bigint: true });
    return { fd, isNew: true, ...standing(found), tail: new Uint8Array(0) };
  } catch (error) {
    closeSync(fd);
    unlinkSync(path); // it is empty, and not as it should be
    throw error;
  }
}

function openNew(path: string, mode: number): number | undefined {
  try {
    return openSync(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, mode);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Throws, too, when it ends in the middle of a line: that is to be repaired first. */
function openExisting(path: string, { root }: OpenTask): Opened {
  const fd = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  try {
    refuseElsewhere(fd, path, root);
    const found = fstatSync(fd, { bigint: true });
    const size = Number(found.size);
    const tail = new Uint8Array(Math.min(TAIL_BYTES, size));
    const count = readSync(fd, tail, 0, tail.length, size - tail.length);
    if (!found.isFile() || count < tail.length || (size > 0 && tail.at(-1) !== NEWLINE)) throw new Error('unusual');
    return { fd, isNew: false, ...standing(found), tail };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function writeAll({ files, root, ends, bytes }: WriteTask): BulkAnswers['write'] {
  for (const [i, file] of files.entries()) {
    const piece = bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
    try {
      if (typeof file === 'number') write(file, piece);
      else writeClosed(file, piece, root);
    } catch (error) {
      return { failed: i, code: systemCodeOf(error), message: messageOf(error) };
    }
  }
  return undefined;
}

function writeClosed({ path, seen }: ClosedFile, piece: Uint8Array, root: Root): void {
  const fd = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  try {
    refuseElsewhere(fd, path, root);
    if (seenAs(fstatSync(fd, { bigint: true })) !== seen) throw new Error('it was replaced in the middle of a batch');
    write(fd, piece);
  } finally {
    closeSync(fd);
  }
}

function write(fd: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
}

/** A directory that was replaced by a link is noticed by where the file really lies. */
function refuseElsewhere(fd: number, path: string, { real, length }: Root): void {
  const found = linkOf(`/proc/self/fd/${fd}`);
  const wanted = (real === '/' ? '' : real) + path.slice(length);
  if (found !== undefined && found !== wanted) throw new Error('a directory of its path was replaced by a link');
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no /proc
  }
}

function standing(found: BigIntStats): Pick<Opened, 'id' | 'size' | 'bornMs'> {
  const bornMs = Number(found.birthtimeMs) || Number(found.ctimeMs);
  return { id: identityOf(found), size: Number(found.size), bornMs };
}

function seenAs(found: BigIntStats): string {
  return `${identityOf(found)} ${found.size}`;
}

import { open, stat, mkdir, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, RetryableError, systemCodeOf } from '../../errors.ts';
import type { Batch, Sender, SenderContext } from '../sender.ts';
import { probeFile } from './probe-file.ts';
import { repairTornLine } from './torn-line.ts';

/** The file sender's own options; see `definition.ts` for what they mean. */
export interface FileSenderOptions {
  readonly file_output: string;
  readonly fsync: 'batch' | 'interval' | 'never';
  /** Seconds. */
  readonly fsync_interval: number;
  readonly file_mode: string;
  readonly create_directories: boolean;
}

/** Makes a sender that appends lines to one file. */
export function createFileSender(options: FileSenderOptions, context: SenderContext): Sender {
  return new FileSender(options, context);
}

const REMEDIES: Record<string, string> = {
  ENOENT: 'its directory does not exist; create it, or set "create_directories"',
  EACCES:
    "this process may not write there; check the owner and mode of the file and its directory, and the unit's sandbox",
  EPERM: 'the system does not allow it; check attributes (chattr) and the sandbox of the unit',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a directory; "file_output" must name a file',
  ENOTDIR: 'a part of its path is no directory',
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EMFILE: 'too many files are open; raise the limit (LimitNOFILE=)',
  EIO: 'the disk reports an error',
};

/** One file that whole lines are appended to, durable before they are acknowledged. */
class FileSender implements Sender {
  private readonly path: string;
  private readonly options: FileSenderOptions;
  private readonly context: SenderContext;
  private file: FileHandle | undefined;
  private identity: { dev: number; ino: number } | undefined;
  private isRegular = true;
  private wantsReopen = false;
  private isUnsynced = false;
  private syncTimer: NodeJS.Timeout | undefined;
  private syncFailure: unknown;

  constructor(options: FileSenderOptions, context: SenderContext) {
    this.path = options.file_output;
    this.options = options;
    this.context = context;
  }

  async connect(): Promise<void> {
    await this.explained(async () => {
      if (this.file === undefined) await this.open();
    });
  }

  async probe(): Promise<void> {
    await this.explained(() => probeFile(this.path, this.options.create_directories));
  }

  async send(batch: Batch): Promise<void> {
    await this.explained(async () => {
      await this.followPath();
      await this.append(batch.bytes.subarray(0, batch.ends.at(-1) ?? 0));
    });
  }

  async close(): Promise<void> {
    clearInterval(this.syncTimer);
    this.syncTimer = undefined;
    const file = this.file;
    this.file = undefined;
    if (file === undefined) return;
    try {
      if (this.isUnsynced && this.options.fsync === 'interval') await file.datasync();
    } finally {
      await file.close();
    }
  }

  reopen(): void {
    this.wantsReopen = true;
  }

  /** Opens the file, or a new one when it was renamed away or removed since the last batch. */
  private async followPath(): Promise<void> {
    if (this.file !== undefined && (this.wantsReopen || !(await this.isStillAtPath()))) await this.close();
    this.wantsReopen = false;
    if (this.file === undefined) await this.open();
  }

  private async isStillAtPath(): Promise<boolean> {
    try {
      const { dev, ino } = await stat(this.path);
      return dev === this.identity?.dev && ino === this.identity.ino;
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  private async open(): Promise<void> {
    if (this.options.create_directories) await mkdir(dirname(this.path), { recursive: true, mode: 0o750 });
    // A link that leads nowhere yet is there already, but what it names is made here: never wider than was asked for.
    const file = (await this.create()) ?? (await open(this.path, 'a+', parseInt(this.options.file_mode, 8)));
    try {
      const found = await file.stat();
      this.isRegular = found.isFile();
      if (found.isFIFO()) throw new RetryableError('it is a FIFO: nobody may read it, and a write would never end');
      this.identity = { dev: found.dev, ino: found.ino };
      if (this.isRegular) await this.repair(file, found.size);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.file = file;
    if (this.options.fsync === 'interval') this.syncRegularly(file);
  }

  /** A new file with just the mode that was asked for, its name durable; undefined when it is there already. */
  private async create(): Promise<FileHandle | undefined> {
    const mode = parseInt(this.options.file_mode, 8);
    const file = await open(this.path, 'ax+', mode).catch((error: unknown) => {
      if (systemCodeOf(error) === 'EEXIST') return undefined;
      throw error;
    });
    if (file === undefined) return undefined;
    try {
      await file.chmod(mode);
      await syncDirectory(dirname(this.path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  private async repair(file: FileHandle, size: number): Promise<void> {
    const torn = await repairTornLine(file, size, this.path);
    if (torn > 0)
      this.context.log.warn(`${this.path} ended in the middle of a line; its last ${torn} bytes were cut off.`);
  }

  /** One write for all of it. What fails half-way is taken back, so that the file ends with a whole line. */
  private async append(bytes: Buffer): Promise<void> {
    const file = this.file!;
    if (this.syncFailure !== undefined) throw await this.abandon(this.syncFailure);
    const before = this.isRegular ? (await file.stat()).size : 0;
    try {
      await writeAll(file, bytes);
      this.isUnsynced = true;
      if (this.options.fsync === 'batch' && this.isRegular) await file.datasync();
    } catch (error) {
      // After a failed fsync the system may have dropped the pages, so the batch is written again, not just synced.
      if (this.isRegular) await file.truncate(before).catch(() => undefined);
      throw await this.abandon(error);
    }
  }

  private async abandon(error: unknown): Promise<unknown> {
    this.syncFailure = undefined;
    this.isUnsynced = false;
    await this.close().catch(() => undefined);
    return error;
  }

  private syncRegularly(file: FileHandle): void {
    this.syncTimer = setInterval(() => {
      if (!this.isUnsynced || !this.isRegular) return;
      this.isUnsynced = false;
      file.datasync().catch((error: unknown) => {
        this.syncFailure = error;
        this.context.log.error(
          `${this.path} could not be forced to the disk (${messageOf(error)}); entries acknowledged since the last fsync may be lost.`,
          'fsync',
        );
      });
    }, this.options.fsync_interval * 1000);
    this.syncTimer.unref();
  }

  private async explained(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const remedy = REMEDIES[systemCodeOf(error) ?? ''] ?? messageOf(error);
      throw new RetryableError(`cannot write to ${this.path}: ${remedy}`, { cause: error });
    }
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, null);
    written += bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

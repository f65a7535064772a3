import { randomBytes } from 'node:crypto';
import { constants, unlinkSync } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { syncDirectory } from '../../sync-directory.ts';
import type { FileRecord } from './file-record.ts';
import { lineOf, type LedgerBatch, type Mark } from './ledger-format.ts';

/** A ledger longer than this is written anew without what the state has caught up with. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * A small file beside the output that says, before a batch is written, how each file stood that it touches: what the
 * state on the disk does not know yet can so be taken back after a crash. It is there from the first batch of a run to
 * its end, when the state knows all: where there is none, no run was interrupted, and nothing is to be taken back.
 */
export class Ledger {
  readonly id: string;
  /** The last batch that was begun. */
  batch: number;
  private readonly path: string;
  private readonly isSynced: boolean;
  private base: number | null;
  private pending: LedgerBatch[] = [];
  private file: FileHandle | undefined;
  private bytes = 0;
  private work: Promise<unknown> = Promise.resolve();

  constructor(path: string, mark: Mark | undefined, isSynced: boolean) {
    this.path = path;
    this.isSynced = isSynced;
    this.id = mark?.ledger ?? randomBytes(8).toString('hex');
    this.batch = mark?.batch ?? 0;
    this.base = mark?.batch ?? null;
  }

  /** Whether it is written here how this file stood when it had no more than this, and the state does not know it better. */
  has(id: string, size: number): boolean {
    return this.pending.some(({ files }) => files.some((file) => file.id === id && file.size <= size));
  }

  /** Makes the file, if it is not there yet. */
  async open(): Promise<void> {
    if (this.file === undefined) await this.inTurn(async () => void (this.file ??= await this.create()));
  }

  /** Keeps how these files stand before the present batch touches them. Resolves when that is as durable as `fsync` wants. */
  async add(files: readonly FileRecord[]): Promise<void> {
    if (files.length === 0) return;
    const entry: LedgerBatch = { batch: this.batch, files };
    await this.inTurn(async () => {
      this.file ??= await this.create();
      const line = lineOf(entry);
      const bytesBefore = this.bytes;
      try {
        await this.file.appendFile(line);
        if (this.isSynced) await this.file.datasync();
      } catch (error) {
        await this.file.truncate(bytesBefore).catch(() => undefined);
        throw error;
      }
      this.bytes += Buffer.byteLength(line);
      this.pending.push(entry);
    });
  }

  /** The state on the disk knows of this batch: what was kept for it and for those before has served. */
  saved(batch: number): void {
    this.pending = this.pending.filter((entry) => entry.batch > batch);
    if (this.bytes > MAX_BYTES) void this.inTurn(() => this.rewrite(batch)).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.inTurn(async () => {
      await this.file?.close();
      this.file = undefined;
    });
  }

  /** Nothing in it is needed any more. Not to be awaited: the process may be about to end. */
  remove(): void {
    this.pending = [];
    for (const path of [this.path, temporaryOf(this.path)]) {
      try {
        unlinkSync(path);
      } catch (error) {
        ignoreMissing(error);
      }
    }
  }

  private async create(): Promise<FileHandle> {
    const { O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = constants;
    await removeIfThere(this.path);
    const file = await open(this.path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0o600);
    try {
      const header = this.header();
      await file.appendFile(header);
      if (this.isSynced) {
        await file.datasync();
        await syncDirectory(dirname(this.path));
      }
      this.bytes = Buffer.byteLength(header);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private async rewrite(known: number): Promise<void> {
    if (this.file === undefined || this.bytes <= MAX_BYTES) return;
    this.base = known;
    const temporary = temporaryOf(this.path);
    const text = this.header() + this.pending.map(lineOf).join('');
    await removeIfThere(temporary);
    const file = await open(temporary, 'ax+', 0o600);
    await file.appendFile(text);
    if (this.isSynced) await file.datasync();
    await rename(temporary, this.path);
    await this.file.close();
    this.file = file;
    this.bytes = Buffer.byteLength(text);
  }

  private header(): string {
    return `${JSON.stringify({ ledger: this.id, base: this.base })}\n`;
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.work.then(action);
    this.work = result.catch(() => undefined);
    return result;
  }
}

/** What a ledger is written anew to. */
function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) === 'ENOENT') return undefined;
  throw error;
}

import { randomBytes } from 'node:crypto';
import { constants, unlinkSync } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { syncDirectory } from './directories.ts';
import { parseRecord, type FileRecord } from './file-record.ts';

/** What the state keeps of a file sender with each acknowledgement. */
export interface Mark {
  /** Which ledger counts the batches. */
  readonly ledger: string;
  /** The last batch that was acknowledged. */
  readonly batch: number;
  /** Where one file takes all: that file behind this batch. */
  readonly file?: FileRecord;
}

interface LedgerBatch {
  readonly batch: number;
  readonly files: readonly FileRecord[];
}

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
    try {
      unlinkSync(this.path);
    } catch (error) {
      ignoreMissing(error);
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
    const temporary = `${this.path}.tmp`;
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

/** What a run before has left: nothing when it ended as it should. */
export type Left = 'nothing' | 'foreign' | readonly FileRecord[];

/**
 * How each file stood that was touched after the mark, according to the ledger of a run before: the earliest record of
 * each file. `foreign` when the ledger does not belong to the mark, or is younger, so that nothing can be said.
 */
export async function recordsAfter(path: string, mark: Mark | undefined): Promise<Left> {
  const [header, ...batches] = (await readOwn(path)).split('\n').map(parseLine);
  if (header === undefined) return 'nothing';
  const isOurs = mark === undefined ? header['base'] === null : header['ledger'] === mark.ledger;
  if (!isOurs || Number(header['base']) > (mark?.batch ?? 0)) return 'foreign';
  const records = new Map<string, FileRecord>();
  if (mark?.file !== undefined) records.set(mark.file.id, mark.file);
  for (const { batch, files } of batches.filter((line) => line !== undefined)) {
    if (typeof batch !== 'number' || batch <= (mark?.batch ?? 0) || !Array.isArray(files)) continue;
    for (const file of files.map(recordOf)) if (file) records.set(file.id, earlier(records.get(file.id), file));
  }
  return [...records.values()];
}

/** Only what we have written ourselves is believed: it says what is to be cut off. */
async function readOwn(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(ignoreMissing);
  if (file === undefined) return '';
  try {
    const { uid, mode } = await file.stat();
    const isOurs = (uid === process.geteuid?.() || uid === 0) && (mode & 0o022) === 0;
    return isOurs ? await file.readFile('utf8') : '';
  } finally {
    await file.close();
  }
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) === 'ENOENT') return undefined;
  throw error;
}

/** Of two records of a file the first, which is the shorter one; that others have written to it stays known. */
function earlier(known: FileRecord | undefined, record: FileRecord): FileRecord {
  const first = known === undefined || record.size < known.size ? record : known;
  return known?.isShared === true || record.isShared === true ? { ...first, isShared: true } : first;
}

function lineOf({ batch, files }: LedgerBatch): string {
  return `${JSON.stringify({ batch, files: files.map(({ path, id, size, tail, isShared }) => [path, id, size, tail, isShared]) })}\n`;
}

function recordOf(value: unknown): FileRecord | undefined {
  if (!Array.isArray(value)) return undefined;
  const [path, id, size, tail, isShared] = value as unknown[];
  return parseRecord({ path, id, size, tail, isShared });
}

/** A line that a crash has torn was followed by no write: it can be left out. */
function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The mark in the state, if it is one. */
export function parseMark(value: unknown): Mark | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { ledger, batch, file } = value as Record<string, unknown>;
  if (typeof ledger !== 'string' || !Number.isSafeInteger(batch)) return undefined;
  const record = parseRecord(file);
  return { ledger, batch: batch as number, ...(record && { file: record }) };
}

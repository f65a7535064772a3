import { lstat, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RetryableError, systemCodeOf } from '../../errors.ts';
import { syncDirectory } from '../../sync-directory.ts';
import type { SenderContext } from '../sender.ts';
import type { Opened } from './bulk-tasks.ts';
import type { HashLine } from './chain.ts';
import { cutChained, cutLines, type Chain, type Chunk, type Lines } from './chunks.ts';
import { Descriptor } from './descriptor.ts';
import type { OpenOptions } from './file-options.ts';
import { identityOf, readTail, TAIL_BYTES, tailHash, type FileRecord } from './file-record.ts';
import { HandleSlot } from './handle-slot.ts';
import { create, openForAppending } from './open-file.ts';
import { learnPast } from './past.ts';
import { nextRotation, rotatedPath, type Rotation } from './rotated-name.ts';
import type { Rotations } from './rotations.ts';
import { repairTornLine } from './torn-line.ts';
import { claim, mayClaim, release } from './writers.ts';

/** What all files of a sender have in common. */
export interface OutputOptions extends OpenOptions {
  readonly maxBytes: number | undefined;
  readonly maxAgeMs: number | undefined;
  readonly hashLine: HashLine | undefined;
  /** What was written is forced to the disk some time. */
  readonly isSynced: boolean;
  readonly rotations: Rotations;
  readonly log: SenderContext['log'];
  /** Who writes, for others of this process. */
  readonly sender: string;
  /** How many files are open, counted here. */
  readonly counter: { open: number };
  /** Whether this file is known to have been written by us. */
  isOurs(id: string): boolean;
}

/** One file that whole lines are appended to, and that is rotated before it would grow too large or too old. */
export class OutputFile {
  readonly path: string;
  private readonly options: OutputOptions;
  private readonly slot: HandleSlot;
  private id = '';
  private size = 0;
  private tail: Buffer = Buffer.alloc(0);
  private bornMs = 0;
  private chain: Chain | undefined;
  private rotation: Rotation | undefined;
  private isShared = false;
  /** It is a file, not a device. */
  isRegular = true;
  isUnsynced = false;

  constructor(path: string, options: OutputOptions) {
    this.path = path;
    this.options = options;
    this.slot = new HandleSlot(options.counter);
  }

  get isOpen(): boolean {
    return this.slot.held !== undefined;
  }

  /** The number of its descriptor while it is open. */
  get fd(): number | undefined {
    return this.slot.held?.fd;
  }

  /** The number of the device that it lies on; empty while nothing is known of it. */
  get device(): string {
    return this.id.slice(0, Math.max(0, this.id.indexOf(':')));
  }

  /** How the file stands now; undefined for a device. */
  record(): FileRecord | undefined {
    const { path, id, size, tail, chain, isShared } = this;
    if (!this.isRegular || id === '') return undefined;
    const record = { path, id, size, tail: tailHash(tail) };
    return { ...record, ...(chain && { chain: chain.last }), ...(isShared && { isShared }) };
  }

  /** Whether nobody has touched the file, going by the identity and size that it has now; then there is nothing to follow. */
  isAsSeen(seen: string): boolean {
    if (seen === '' || seen !== this.seen) return false;
    this.isShared = false;
    return true;
  }

  /** Nothing is known of it: it is to be opened like a new one. */
  get isUnknown(): boolean {
    return this.id === '';
  }

  /** Its identity and size as they were left, to be looked for; undefined for a device. */
  get seen(): string | undefined {
    return this.isUnknown || !this.isRegular ? undefined : `${this.id} ${this.size}`;
  }

  /** It was opened together with others; `learnPast` is to follow. Stays unknown where another sender writes to it. */
  opened({ fd, id, size, bornMs, tail }: Opened): void {
    const descriptor = fd === undefined ? undefined : new Descriptor(fd);
    if (!mayClaim(id, this.options.sender)) {
      void descriptor?.close().catch(() => undefined);
      return;
    }
    claim(id, this.options.sender);
    this.isRegular = true;
    this.isShared = false;
    this.size = size;
    this.tail = Buffer.from(tail);
    this.bornMs = bornMs;
    this.id = id;
    if (descriptor !== undefined) this.slot.hold(descriptor);
  }

  /** Opens the file, or a new one when it was renamed away or removed; finds out how it stands when others wrote to it. */
  async follow(): Promise<void> {
    const { id, size } = this;
    this.isShared = false;
    if (id !== '' && !(await this.isAsKnown())) await this.forget();
    if (this.id !== '') return;
    await this.open();
    this.isShared = this.isRegular && this.id === id && this.size > size;
  }

  /** Finds out what was before it was opened; without that it counts as not opened. */
  async learnPast(): Promise<void> {
    const { maxBytes, maxAgeMs, hashLine, rotations } = this.options;
    const isRotated = maxBytes !== undefined || maxAgeMs !== undefined;
    try {
      ({ rotation: this.rotation, chain: this.chain } = await learnPast(this.path, {
        rotations: isRotated ? rotations : undefined,
        hashLine,
      }));
    } catch (error) {
      await this.forget();
      throw error;
    }
  }

  /** What is to be written, in which pieces. */
  cut(lines: Lines, nowMs: number): Chunk[] {
    const { size, options, chain } = this;
    // A clock that was set back says nothing about a file's age.
    if (nowMs < this.bornMs) this.bornMs = nowMs;
    const isDue = this.isRegular && options.maxAgeMs !== undefined && nowMs - this.bornMs >= options.maxAgeMs;
    const state = { size, maxBytes: this.isRegular ? options.maxBytes : undefined, isDue };
    return chain === undefined ? cutLines(lines, state) : cutChained(lines, state, chain);
  }

  /** Appends in one write; what fails half-way is for the caller to take back. */
  async append(bytes: Buffer): Promise<void> {
    if (!this.isOpen) await this.reopen();
    const file = this.slot.held!;
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, written, bytes.length - written, null);
      written += bytesWritten;
    }
    this.appended(bytes);
  }

  /** These bytes were appended. */
  appended(bytes: Buffer): void {
    this.isUnsynced = this.isRegular && this.options.isSynced;
    this.isShared = false;
    this.size += bytes.length;
    this.tail =
      bytes.length >= TAIL_BYTES
        ? Buffer.from(bytes.subarray(-TAIL_BYTES))
        : Buffer.concat([this.tail, bytes]).subarray(-TAIL_BYTES);
  }

  /** Forces it to the disk. Throws when that cannot be known to have worked: then it has to be written again. */
  async sync(): Promise<void> {
    if (!this.isUnsynced) return;
    if (!this.isOpen) await this.reopen();
    this.isUnsynced = false;
    await this.slot.held!.datasync();
  }

  /** It was forced to the disk together with others. */
  synced(): void {
    this.isUnsynced = false;
  }

  /** Renames the file and goes on in a new one; `isRotating` hears first what the old one will be called. */
  async rotate(nowMs: number, isRotating: (rotated: string) => void): Promise<void> {
    if (!this.isOpen) await this.reopen();
    await this.sync();
    this.rotation = await nextRotation(this.path, this.rotation, nowMs);
    const rotated = rotatedPath(this.path, this.rotation);
    isRotating(rotated);
    await rename(this.path, rotated);
    const { chain } = this;
    await this.forget();
    const file = await create(this.path, this.options);
    if (file === undefined) throw new RetryableError('somebody else has made a file there while it was rotated');
    await this.take(file);
    this.chain = chain;
    await syncDirectory(dirname(this.path));
    this.options.unsynced.delete(dirname(this.path));
  }

  /** Lets go of the open file, but not of what is known of it. */
  async close(): Promise<void> {
    const file = this.slot.release();
    if (file === undefined) return;
    try {
      if (this.isUnsynced) await file.datasync();
      this.isUnsynced = false;
    } finally {
      await file.close();
    }
  }

  /** Closes the open file; to force it to the disk is still to be done. */
  async letGo(): Promise<void> {
    await this.slot.release()?.close();
  }

  /** Lets go of all; what was not forced to the disk is not. */
  async forget(): Promise<void> {
    release(this.id, this.options.sender);
    this.id = '';
    this.isUnsynced = false;
    await this.slot.release()?.close();
  }

  private async isAsKnown(): Promise<boolean> {
    try {
      const found = await (this.options.isStrict ? lstat : stat)(this.path, { bigint: true });
      if (identityOf(found) !== this.id) return false;
      return !this.isRegular || Number(found.size) === this.size;
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  private async open(): Promise<void> {
    const file = await openForAppending(this.path, this.options);
    await this.take(file);
    if (this.isRegular) await this.learnPast();
  }

  /** Opens the file again that is known already. */
  private async reopen(): Promise<void> {
    const { id } = this;
    const file = await openForAppending(this.path, this.options);
    const found = await file.stat({ bigint: true });
    if (identityOf(found) === id && (!this.isRegular || Number(found.size) === this.size)) {
      this.slot.hold(file);
      return;
    }
    await file.close();
    throw new RetryableError('it was replaced in the middle of a batch');
  }

  private async take(file: FileHandle): Promise<void> {
    let id = '';
    try {
      const found = await file.stat({ bigint: true });
      if (found.isFIFO()) throw new RetryableError('it is a FIFO: nobody may read it, and a write would never end');
      this.isRegular = found.isFile();
      id = identityOf(found);
      if (this.isRegular) claim(id, this.options.sender);
      if (this.isRegular) await this.repair(file, Number(found.size), id);
      this.bornMs = Number(found.birthtimeMs) || Number(found.ctimeMs);
      this.id = id;
      this.slot.hold(file);
    } catch (error) {
      release(id, this.options.sender);
      await file.close();
      throw error;
    }
  }

  private async repair(file: FileHandle, size: number, id: string): Promise<void> {
    const { path, options } = this;
    const torn = await repairTornLine(file, size, { path, isOurs: options.isOurs(id) });
    if (torn > 0) options.log.warn(`${path} ended in the middle of a line; its last ${torn} bytes were cut off.`);
    this.size = size - torn;
    this.tail = await readTail(file, this.size);
  }
}

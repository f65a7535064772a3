import { readFile } from 'node:fs/promises';
import { messageOf, StateError, systemCodeOf } from '../errors.ts';
import { targetPath } from '../target-path.ts';
import type { Log } from '../telemetry/log.ts';
import { ownVersion } from '../version.ts';
import { checkedText, withChecksum } from './checksum.ts';
import { replaceFile } from './replace-file.ts';
import { emptyReader, emptySender, parseStored, type Stored, type StoredReader, type StoredSender } from './stored.ts';

export interface StateFileOptions {
  /** Undefined: nothing is kept beyond this process. */
  readonly path: string | undefined;
  /** The file is never further behind the acknowledgements than this. */
  readonly maxIntervalMs: number;
  readonly log: Log;
}

/** Saving may take this share of the time, so that under load the file is as fresh as that allows. */
const SAVE_SHARE = 0.1;
const MIN_INTERVAL_MS = 20;
const RETRY_MS = 1000;

/** What is known across restarts: each sender's checkpoint and counters, in a file that is always whole. */
export class StateFile {
  private readonly log: Log;
  private readonly path: string | undefined;
  /** Where the path leads to: a link stays a link. */
  private readonly target: string;
  private readonly stored: Stored;
  private timer: NodeJS.Timeout | undefined;
  private saving: Promise<void> | undefined;
  private isDirty = false;
  private lastSaveMs = 0;
  private hasFailed = false;
  /** Saves that failed since the start. */
  failures = 0;
  private isClosed = false;
  private hasSaved = false;
  /** The file is never further behind the acknowledgements than this. */
  maxIntervalMs: number;
  /** Brings figures that change all the time (queues, health) up to date before a save. */
  beforeSave: () => void = () => undefined;
  /** What stood there when `beforeSave` was called last is on the disk; without a file, it is as safe as it will be. */
  afterSave: () => void = () => undefined;

  private constructor({ path, maxIntervalMs, log }: StateFileOptions, target: string, stored: Stored) {
    this.path = path;
    this.target = target;
    this.log = log;
    this.maxIntervalMs = maxIntervalMs;
    this.stored = {
      ...stored,
      start_time: new Date().toISOString().slice(0, -1),
      pid: process.pid,
      version: ownVersion(),
    };
  }

  /** Reads the file. Throws StateError, with what to do, when it is there but cannot be used. */
  static async load(options: StateFileOptions): Promise<StateFile> {
    const { path } = options;
    const target = path === undefined ? '' : await targetPath(path);
    const bytes = path === undefined ? undefined : await readIfThere(path);
    if (bytes === undefined) return new StateFile(options, target, { readers: {}, start_time: '' });
    try {
      return new StateFile(options, target, parseStored(checkedText(bytes)));
    } catch (error) {
      throw new StateError(
        `the state file ${path!} cannot be used: ${messageOf(error)}. ` +
          'Nothing was changed. Put back a good copy, or move the file away to let every sender begin at its initial_position',
        { cause: error },
      );
    }
  }

  /** The part of a reader, which the caller may change and then `touch`. */
  reader(name: string): StoredReader {
    return ownOrNew(this.stored.readers, name, emptyReader);
  }

  /** The part of a sender, which the caller may change and then `touch`. */
  sender(reader: string, name: string, type: string): StoredSender {
    const { senders } = this.reader(reader);
    const found = ownOrNew(senders, name, () => emptySender(type));
    found.type = type;
    return found;
  }

  /** Something has changed: it is saved as soon as saving takes no more than its share of the time. */
  touch(): void {
    this.isDirty = true;
    if (this.timer !== undefined || this.saving !== undefined || this.isClosed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.saveQuietly();
    }, this.restMs());
  }

  /** Saves now. Throws StateError when that fails; the file before is then untouched. */
  async save(): Promise<void> {
    while (this.saving !== undefined) await this.saving.catch(() => undefined); // told to whom it belongs
    const { path, target } = this;
    if (path === undefined) {
      this.beforeSave();
      this.afterSave();
      return;
    }
    this.saving = this.write(target);
    try {
      await this.saving;
      this.succeeded();
    } catch (error) {
      this.hasFailed = true;
      this.failures++;
      this.isDirty = true;
      throw new StateError(
        `cannot write the state file ${path}: ${messageOf(error)}; its directory must be there and writable, with space left`,
        { cause: error },
      );
    } finally {
      this.saving = undefined;
      if (this.isDirty) this.touch();
    }
  }

  /**
   * Saves before anything is shipped on behalf of what was added. Throws StateError only when nothing was ever saved:
   * trouble that comes later passes, is told and made up for. Whether it is saved now.
   */
  async establish(): Promise<boolean> {
    if (this.hasSaved) return this.saveQuietly();
    await this.save();
    return true;
  }

  /** Saves for the last time. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.stored.stopped_at = new Date().toISOString();
    clearTimeout(this.timer);
    await this.save();
  }

  private restMs(): number {
    const { maxIntervalMs } = this;
    if (this.hasFailed) return RETRY_MS;
    return Math.min(maxIntervalMs, Math.max(MIN_INTERVAL_MS, this.lastSaveMs / SAVE_SHARE));
  }

  private async saveQuietly(): Promise<boolean> {
    try {
      await this.save();
      return true;
    } catch (error) {
      this.log.error(
        `${messageOf(error)}; shipping goes on, but after a crash it would begin at the last state saved.`,
        'state-save',
      );
      return false;
    }
  }

  private succeeded(): void {
    if (this.hasFailed) this.log.info('the state file is saved again.', 'state-saved-again');
    this.hasFailed = false;
    this.hasSaved = true;
  }

  private async write(path: string): Promise<void> {
    const startMs = performance.now();
    this.isDirty = false;
    this.beforeSave();
    this.stored.updated_at = new Date().toISOString();
    await replaceFile(path, withChecksum(this.stored));
    this.lastSaveMs = performance.now() - startMs;
    this.afterSave();
  }
}

/** Names are free to choose: `constructor` is one, too. */
function ownOrNew<T>(record: Record<string, T>, name: string, make: () => T): T {
  if (!Object.hasOwn(record, name)) record[name] = make();
  return record[name]!;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw new StateError(`the state file ${path} cannot be read: ${messageOf(error)}; check its owner and mode`, {
      cause: error,
    });
  }
}

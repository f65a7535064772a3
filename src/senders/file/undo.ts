import { systemCodeOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import type { FileRecord } from './file-record.ts';
import { Ledger } from './ledger.ts';
import { parseMark, type Mark } from './ledger-format.ts';
import { recordsAfter } from './ledger-left.ts';
import type { OutputFile } from './output-file.ts';
import { explained } from './remedies.ts';
import type { Route } from './route.ts';
import { isLonger, takeBack } from './take-back.ts';

export interface UndoOptions {
  readonly ledgerPath: string;
  readonly route: Pick<Route, 'path' | 'root'>;
  /** The ledger is forced to the disk before the files are touched. */
  readonly isSynced: boolean;
  readonly log: SenderContext['log'];
}

/** Codes of a directory that we may not change though the file in it may be ours. */
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Knows how files stood before a batch, so that a batch can be taken back that failed or that the state knows nothing of. */
export class Undo {
  private readonly options: UndoOptions;
  private readonly ledger: Ledger;
  /** What the state on the disk holds. */
  private known: Mark | undefined;
  private isRecovered = false;
  /** How the files stood that the present batch touches, or one that failed. */
  private touched: FileRecord[] = [];
  private hasFailed = false;
  /** The last batch that was acknowledged, and whether the files hold nothing beyond it. */
  private acknowledged: number | undefined;
  private isAtRest = true;
  private isClosed = false;
  private readonly oursBefore = new Set<string>();

  constructor(options: UndoOptions, mark: unknown) {
    this.options = options;
    this.known = parseMark(mark);
    this.ledger = new Ledger(options.ledgerPath, this.known, options.isSynced);
    if (this.known?.file !== undefined) this.oursBefore.add(this.known.file.id);
  }

  /** The number of the batch that was begun last. */
  get batch(): number {
    return this.ledger.batch;
  }

  /** Whether a run before has written this file. */
  isOurs(id: string): boolean {
    return this.oursBefore.has(id);
  }

  /** Whether the state on the disk names the file of this identity. */
  isNamed(id: string): boolean {
    return this.known?.file?.id === id;
  }

  /** Takes back what a run before, or a batch that failed, has written beyond what was acknowledged. */
  async takeBack(): Promise<void> {
    if (!this.isRecovered) await this.recover();
    this.isRecovered = true;
    if (!this.hasFailed) return;
    for (const record of this.touched) await this.takeBackOne(record);
    this.hasFailed = false;
    this.isAtRest = true;
    this.touched = [];
  }

  /** A batch begins that will touch files that stand so. */
  async begin(records: readonly FileRecord[]): Promise<void> {
    this.ledger.batch++;
    this.isAtRest = false;
    this.touched = [...records];
    const unknown = records.filter((record) => record.isShared === true || !this.isKnown(record));
    try {
      await this.ledger.open();
      await this.ledger.add(unknown);
    } catch (error) {
      if (this.options.route.path === undefined || !NOT_ALLOWED.has(systemCodeOf(error) ?? '')) throw error;
      this.options.log.warn(
        `nothing can be written beside ${this.options.route.path}: after a crash entries may come twice there.`,
        'no ledger',
      );
    }
  }

  /** The present batch has made a file, which stands so. */
  async made(record: FileRecord): Promise<void> {
    this.touched.push(record);
    await this.ledger.add([record]);
  }

  /** The batch has failed: it is taken back at once if that can be, otherwise before the next one. */
  async failed(): Promise<void> {
    this.hasFailed = true;
    await this.takeBack().catch(() => undefined); // the next batch finds out
  }

  /** How far the files have got with the present batch. */
  markOf(parts: readonly { readonly file: OutputFile }[]): Mark {
    const { id: ledger, batch } = this.ledger;
    const file = this.options.route.path === undefined ? undefined : parts[0]?.file.record();
    this.acknowledged = batch;
    this.isAtRest = true;
    return { ledger, batch, ...(file && { file }) };
  }

  /** The state on the disk holds this mark; returns its batch if it is one of ours. */
  saved(value: unknown): number | undefined {
    const mark = parseMark(value);
    if (mark?.ledger !== this.ledger.id || !this.isRecovered) return undefined;
    this.known = mark;
    this.ledger.saved(mark.batch);
    if (this.isClosed) this.end();
    return mark.batch;
  }

  async close(): Promise<void> {
    await this.ledger.close();
    this.isClosed = true;
    this.end();
  }

  /** Without a ledger the next run knows that what lies behind the mark was not written by us. */
  private end(): void {
    if (this.isRecovered && this.isAtRest && (this.acknowledged ?? this.known?.batch) === this.known?.batch)
      this.ledger.remove();
  }

  /** With one file, the state itself tells how it stood; a ledger is needed for a file that the state does not know yet. */
  private isKnown({ id, size }: FileRecord): boolean {
    const { route } = this.options;
    if (route.path === undefined) return false;
    const isInState = this.known?.file?.id === id && this.known.file.size <= size;
    return isInState || this.ledger.has(id, size);
  }

  private async recover(): Promise<void> {
    const { ledgerPath, log, route } = this.options;
    const left = await recordsAfter(ledgerPath, this.known);
    if (left === 'foreign') {
      log.warn(`${ledgerPath} does not go with the state file: entries that were written last may come twice.`);
    } else if (left === 'nothing') {
      await this.tellOfMore();
    } else {
      for (const record of left) {
        if (isBelow(route, record.path) || record === this.known?.file) await this.takeBackOne(record);
        this.oursBefore.add(record.id);
      }
    }
    this.ledger.remove();
  }

  private async tellOfMore(): Promise<void> {
    const record = this.known?.file;
    if (record === undefined || !(await isLonger(record))) return;
    this.options.log.warn(
      `${record.path} goes on behind where the state file has it, though no run was interrupted: nothing is cut off, as others have written that or the state file is an old one; then entries come twice.`,
    );
  }

  private async takeBackOne(record: FileRecord): Promise<void> {
    await explained(record.path, async () => {
      const reason = await takeBack(record, this.options.route.path !== undefined);
      if (reason === undefined) return;
      this.options.log.warn(
        `${record.path} is not cut back to where the state file has it: ${reason}; the entries that were written last may come twice.`,
      );
    });
  }
}

function isBelow({ path, root }: Pick<Route, 'path' | 'root'>, file: string): boolean {
  if (path !== undefined) return file === path;
  return file.startsWith(root === '/' ? '/' : `${root}/`) && !file.split('/').includes('..');
}

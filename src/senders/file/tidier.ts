import { lstat, rename, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf } from '../../errors.ts';
import { syncDirectory } from '../../sync-directory.ts';
import type { SenderContext } from '../sender.ts';
import { compressFile, type Compression } from './compress-file.ts';
import type { Families } from './families.ts';
import { identityOf } from './file-record.ts';
import { foldersBelow, nameOf, namesIn } from './folders.ts';
import { InUse } from './in-use.ts';
import { nextRotation, parseRotatedName, rotatedPath, splitName } from './rotated-name.ts';
import { takeStock, type Stock, type StockFile } from './stock.ts';
import { surplus, type Keep } from './surplus.ts';

export interface TidierOptions {
  readonly compress: 'none' | Compression;
  readonly keep: Keep;
  readonly families: Families;
  /** The directory above all places. */
  readonly root: string;
  readonly log: SenderContext['log'];
}

/** Compresses rotated files, removes those that are not to be kept: in the background, one after the other. */
export class Tidier {
  private readonly options: TidierOptions;
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<string>();
  private isToSweep = false;
  /** Rotated files that the state on the disk may still need as they are, and the batch that it must know of first. */
  private readonly held = new Map<string, { readonly output: string; readonly batch: number }>();
  /** Outputs with a file that could not be tidied up because the state names it, or a batch is being written to it. */
  private readonly skipped = new Set<string>();
  private readonly inUse: InUse;
  private work: Promise<void> | undefined;
  /** Whether the state on the disk names the file of this identity: then it stays as it is. */
  isNeeded: (id: string) => boolean = () => false;

  constructor(options: TidierOptions) {
    this.options = options;
    this.inUse = new InUse(options.families);
  }

  /** A batch is about to be written to these paths. */
  async use(paths: Iterable<string>, batch: number): Promise<void> {
    if (this.options.families.hasTime) await this.inUse.use(paths, batch);
  }

  /** A file was rotated in this batch. */
  hold(rotated: string, output: string, batch: number): void {
    this.held.set(rotated, { output, batch });
  }

  /** The state on the disk knows of this batch. */
  saved(known: number): void {
    this.inUse.saved(known);
    for (const output of this.skipped) this.tidy(output);
    this.skipped.clear();
    for (const [rotated, { output, batch }] of this.held) {
      if (batch > known) continue;
      this.held.delete(rotated);
      this.tidy(output);
    }
  }

  /** Compresses what of this output is to be compressed, and removes what is not to be kept. */
  tidy(output: string): void {
    this.waiting.add(output);
    this.work ??= this.run();
  }

  /** Does so for all outputs of which there are rotated files, or what a run that was interrupted has left. */
  sweep(): void {
    this.isToSweep = true;
    this.work ??= this.run();
  }

  /** Resolves when nothing is left to do. */
  async idle(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    while (this.work !== undefined && !signal.aborted) await Promise.race([this.work, aborted]);
  }

  /** Stops in the middle; the next run goes on. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    await Promise.resolve();
    while ((this.waiting.size > 0 || this.isToSweep) && !this.isStopping()) {
      const outputs = [...this.waiting];
      this.waiting.clear();
      await this.told(outputs[0] ?? this.options.root, () => this.tidyAll(outputs, true));
      if (!this.isToSweep) continue;
      this.isToSweep = false;
      await this.told(this.options.root, () => this.sweepAll());
    }
    this.work = undefined;
  }

  private async told(output: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!this.isStopping())
        this.options.log.warn(
          `the rotated files of ${output} could not be tidied up: ${messageOf(error)}; tried again after the next rotation.`,
          'tidy',
        );
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async sweepAll(): Promise<void> {
    const { families, root } = this.options;
    const names = families.names().map(nameOf);
    const last = names.at(-1)!;
    for await (const folder of foldersBelow(root === '/' ? '/' : `${root}/`, names.slice(0, -1))) {
      const outputs = new Set<string>();
      for (const { base, rotation } of (await namesIn(folder)).map(splitName)) {
        const isOurs = typeof last === 'string' ? base === last : last.test(base) && !base.startsWith('.');
        if (rotation !== undefined && isOurs) outputs.add(folder + base);
      }
      await this.tidyAll(outputs, false);
      if (this.isStopping()) return;
    }
  }

  /** `isWritten`: this run writes to these outputs, so that files of their past times are surely ours. */
  private async tidyAll(outputs: Iterable<string>, isWritten: boolean): Promise<void> {
    const { families, root } = this.options;
    for await (const stock of takeStock(outputs, families, root)) {
      if (this.isStopping()) return;
      const files = stock.files.filter(({ rotation }) => rotation !== undefined || isWritten);
      await this.told(stock.output, () => this.tidyOne({ ...stock, files }));
    }
  }

  private async tidyOne(stock: Stock): Promise<void> {
    const { compress, keep } = this.options;
    const gone = new Set([...stock.leftovers, ...doubles(stock.files)]);
    for (const path of gone) await unlink(path);
    let files = stock.files.filter(({ path }) => !gone.has(path) && path !== stock.current);
    if (compress !== 'none') {
      const squeezed: StockFile[] = [];
      for (const file of files) squeezed.push(await this.squeeze(file, stock, compress));
      files = squeezed;
    }
    for (const { path, rotation } of surplus(files, keep, Date.now())) {
      if (rotation === undefined) await this.whileFree(path, stock.output, () => unlink(path));
      else if (await this.isFree(path, stock.output)) await unlink(path);
    }
  }

  /** A rotated file, or one whose time is over, as a compressed file, if it may be touched. */
  private async squeeze(file: StockFile, stock: Stock, compress: Compression): Promise<StockFile> {
    const { rotation } = file;
    const { output } = stock;
    const rotated = rotation === undefined ? await this.rotateFinished(file, stock) : file;
    const isPlain = rotated?.rotation?.suffix === '';
    if (!isPlain || !(await this.isFree(rotated.path, output))) return rotated ?? file;
    const path = await compressFile(rotated.path, compress, this.stopping.signal);
    return { ...rotated, path, size: (await lstat(path)).size };
  }

  /** A file whose time is over gets the name of a rotated one: what may still come for that time begins a new file. */
  private async rotateFinished(file: StockFile, { output, files }: Stock): Promise<StockFile | undefined> {
    let rotated = file.path;
    const last = files.findLast((other) => other.output === file.path && other.rotation !== undefined)?.rotation;
    const hasMoved = await this.whileFree(file.path, output, async () => {
      rotated = rotatedPath(file.path, await nextRotation(file.path, last, Date.now()));
      await rename(file.path, rotated);
      await syncDirectory(dirname(rotated));
    });
    const rotation = parseRotatedName(basename(file.path), basename(rotated));
    return hasMoved ? { ...file, path: rotated, rotation } : undefined;
  }

  private async whileFree(path: string, output: string, action: () => Promise<void>): Promise<boolean> {
    const isDone = await this.inUse.whileFree(path, action);
    if (!isDone) this.skipped.add(output);
    return isDone;
  }

  private async isFree(path: string, output: string): Promise<boolean> {
    if (this.held.has(path)) return false;
    const found = await lstat(path, { bigint: true });
    if (!this.isNeeded(identityOf(found))) return true;
    this.skipped.add(output);
    return false;
  }
}

/** Compressed files whose original is still there: the compression was interrupted before it removed that. */
function doubles(files: readonly StockFile[]): string[] {
  const plain = new Set(files.filter(({ rotation }) => rotation?.suffix === '').map(({ path }) => path));
  return files
    .filter(({ path, rotation }) => rotation?.suffix && plain.has(path.slice(0, -rotation.suffix.length)))
    .map(({ path }) => path);
}

import { createReadStream } from 'node:fs';
import { lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { messageOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import { syncDirectory } from './directories.ts';
import { identityOf } from './file-record.ts';
import { rotatedFiles } from './rotated-files.ts';
import { temporaryName, timeOf, type RotatedName } from './rotated-name.ts';

export interface TidierOptions {
  readonly compress: 'none' | 'gzip' | 'zstd';
  readonly keep: {
    readonly files?: number | undefined;
    readonly ageMs?: number | undefined;
    readonly totalBytes?: number | undefined;
  };
  readonly log: SenderContext['log'];
}

/** Fast levels: the disk is spared most of it, and the journal need not wait. */
const GZIP_LEVEL = 1;
const PIECE_BYTES = 256 * 1024;
const SUFFIX = { none: '', gzip: '.gz', zstd: '.zst' } as const;

/** Compresses rotated files, removes those that are not to be kept: in the background, one after the other. */
export class Tidier {
  private readonly options: TidierOptions;
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<string>();
  /** Rotated files that the state on the disk may still need as they are, and the batch that it must know of first. */
  private readonly held = new Map<string, { readonly output: string; readonly batch: number }>();
  /** Outputs with a file that could not be tidied up because the state names it. */
  private readonly skipped = new Set<string>();
  private work: Promise<void> | undefined;
  /** Whether the state on the disk names the file of this identity: then it stays as it is. */
  isNeeded: (id: string) => boolean = () => false;

  constructor(options: TidierOptions) {
    this.options = options;
  }

  /** A file was rotated in this batch. */
  hold(rotated: string, output: string, batch: number): void {
    this.held.set(rotated, { output, batch });
  }

  /** The state on the disk knows of this batch. */
  saved(known: number): void {
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
    for (const output of this.waiting) {
      this.waiting.delete(output);
      if (this.isStopping()) break;
      try {
        await this.tidyOne(output);
      } catch (error) {
        if (!this.isStopping())
          this.options.log.warn(
            `the rotated files of ${output} could not be tidied up: ${messageOf(error)}; tried again after the next rotation.`,
            'tidy',
          );
      }
    }
    this.work = undefined;
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async tidyOne(output: string): Promise<void> {
    const folder = dirname(output);
    const { rotated, leftovers } = await rotatedFiles(output);
    for (const name of [...leftovers, ...doubles(rotated)]) await unlink(join(folder, name));
    for (const { name, suffix } of rotated) {
      const path = join(folder, name);
      if (suffix === '' && this.options.compress !== 'none' && (await this.isFree(path, output)))
        await this.compress(path);
    }
    await this.removeOld(output);
  }

  private async isFree(path: string, output: string): Promise<boolean> {
    if (this.held.has(path)) return false;
    const found = await lstat(path, { bigint: true });
    if (!this.isNeeded(identityOf(found))) return true;
    this.skipped.add(output);
    return false;
  }

  private async compress(path: string): Promise<void> {
    const { compress } = this.options;
    const found = await lstat(path);
    if (!found.isFile()) return;
    const temporary = join(dirname(path), temporaryName(path + SUFFIX[compress]));
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.chown(found.uid, found.gid).catch(() => undefined); // only root may give files away
      await file.chmod(found.mode & 0o777);
      const squeeze =
        compress === 'gzip'
          ? createGzip({ level: GZIP_LEVEL, chunkSize: PIECE_BYTES })
          : createZstdCompress({ chunkSize: PIECE_BYTES, params: { [constants.ZSTD_c_checksumFlag]: 1 } });
      const source = createReadStream(path, { highWaterMark: PIECE_BYTES });
      await pipeline(source, squeeze, (pieces) => writeAll(file, pieces), { signal: this.stopping.signal });
      await file.utimes(found.atime, found.mtime);
      await file.sync();
    } catch (error) {
      await file.close();
      await unlink(temporary);
      throw error;
    }
    await file.close();
    await rename(temporary, path + SUFFIX[compress]);
    await syncDirectory(dirname(path));
    await unlink(path);
  }

  private async removeOld(output: string): Promise<void> {
    const { files = Infinity, ageMs = Infinity, totalBytes = Infinity } = this.options.keep;
    if (files === Infinity && ageMs === Infinity && totalBytes === Infinity) return;
    const folder = dirname(output);
    const { rotated } = await rotatedFiles(output);
    let count = 0;
    let total = 0;
    let isOver = false;
    for (const rotation of [...rotated].reverse()) {
      const path = join(folder, rotation.name);
      const found = await lstat(path).catch(() => undefined);
      if (found?.isFile() !== true) continue;
      count++;
      total += found.size;
      isOver ||= count > files || total > totalBytes;
      if ((isOver || isOlder(rotation, ageMs)) && (await this.isFree(path, output))) await unlink(path);
    }
  }
}

/** Compressed files whose original is still there: the compression was interrupted before it removed that. */
function doubles(rotated: readonly RotatedName[]): string[] {
  const plain = new Set(rotated.filter(({ suffix }) => suffix === '').map(({ name }) => name));
  const isDouble = ({ name, suffix }: RotatedName) => suffix !== '' && plain.has(name.slice(0, -suffix.length));
  return rotated.filter(isDouble).map(({ name }) => name);
}

async function writeAll(file: FileHandle, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) await file.appendFile(piece);
}

function isOlder({ stamp }: RotatedName, ageMs: number): boolean {
  return Date.now() - timeOf(stamp) > ageMs;
}

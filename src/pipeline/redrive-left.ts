import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Rejection } from '../errors.ts';
import { deadLetterLine, shortReason, type DeadLetter } from '../state/dead-letter.ts';
import { syncDirectory } from '../sync-directory.ts';
import { indexInBatch, type BatchPart } from './batch-part.ts';
import type { DeadLetters } from './dead-letters.ts';

const NEWLINE = Buffer.from('\n');

/**
 * What is left of a file of dead letters when they were sent again. It takes the file's place as a whole, at the end:
 * whoever is killed before has lost nothing.
 */
export class LeftOver implements DeadLetters {
  /** Where people find them when all is done. */
  readonly path: string;
  private readonly segment: string;
  private readonly temporary: string;
  private readonly file: FileHandle;
  private batch: readonly DeadLetter[] = [];
  private readonly refusedInBatch = new Set<number>();
  private bytes = 0;
  /** How many were refused again, by reason. */
  readonly reasons = new Map<string, number>();

  private constructor(path: string, segment: string, file: FileHandle) {
    this.path = path;
    this.segment = segment;
    this.temporary = temporaryFor(segment);
    this.file = file;
  }

  /** For the dead letters of `path` that are in `segment`. */
  static async open(path: string, segment: string): Promise<LeftOver> {
    return new LeftOver(path, segment, await open(temporaryFor(segment), 'w', 0o600));
  }

  /** These letters are sent next: `add` means them. */
  begin(batch: readonly DeadLetter[]): void {
    this.batch = batch;
    this.refusedInBatch.clear();
  }

  /** Letters of the batch that were refused again: they stay, with what was said this time. */
  async add(part: BatchPart, rejected: readonly Rejection[]): Promise<number> {
    const time = new Date().toISOString();
    const again = rejected.map(({ index, reason }) => {
      const letter = this.batch[indexInBatch(part, index)]!;
      return { ...letter, time, reason: shortReason(reason), attempts: letter.attempts + 1 };
    });
    await this.write(again.map(deadLetterLine));
    for (const { index, reason } of rejected) {
      this.refusedInBatch.add(indexInBatch(part, index));
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    }
    return 0;
  }

  /** The batch could not be settled: what was not refused stays as it is. Returns how many that are. */
  async keepRest(): Promise<number> {
    const rest = this.batch.filter((_, i) => !this.refusedInBatch.has(i));
    await this.write(rest.map(deadLetterLine));
    return rest.length;
  }

  /** Lines stay as they are. */
  async write(lines: readonly (string | Buffer)[]): Promise<void> {
    if (lines.length === 0) return;
    const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), NEWLINE]));
    try {
      await this.file.appendFile(bytes);
      this.bytes += bytes.length;
    } catch (error) {
      await this.file.truncate(this.bytes).catch(() => undefined); // it is not in place yet
      throw error;
    }
  }

  /** Puts it in the place of the file; without anything left the file goes. */
  async replace(): Promise<void> {
    await this.file.sync();
    await this.file.close();
    if (this.bytes > 0) await rename(this.temporary, this.segment);
    else for (const path of [this.temporary, this.segment]) await rm(path, { force: true });
    await syncDirectory(dirname(this.segment));
  }

  /** Leaves the file as it was. */
  async abandon(): Promise<void> {
    await this.file.close();
    await rm(this.temporary, { force: true });
  }
}

function temporaryFor(segment: string): string {
  return `${segment}.left`;
}

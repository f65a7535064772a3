import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RetryableError } from '../../errors.ts';

export interface LookTask {
  readonly kind: 'look';
  readonly paths: readonly string[];
}

/** What goes to file i is `bytes[ends[i-1], ends[i])`. */
export interface WriteTask {
  readonly kind: 'write';
  readonly fds: Int32Array;
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

export type BulkTask = LookTask | WriteTask;

/** The file that could not be written to, by its place in the task. */
export interface BulkFailure {
  readonly failed: number;
  readonly code: string | undefined;
  readonly message: string;
}

/** For each path its identity and size; for a write what failed. */
export type BulkAnswer = readonly string[] | BulkFailure | undefined;

/** Looks at and writes to many files at a time, in a thread that is started when it is first needed. One task at a time. */
export class Bulk {
  private worker: Worker | undefined;
  private present: Promise<unknown> = Promise.resolve();
  private arena: Uint8Array = new Uint8Array(0);

  /** Identity and size of each file, with a space between; empty for what is no file or cannot be seen. */
  async look(paths: readonly string[]): Promise<readonly string[]> {
    return (await this.run({ kind: 'look', paths })) as readonly string[];
  }

  /** Appends a piece to each open file. Tells which one failed; those behind it were not written to then. */
  async write(fds: readonly number[], pieces: readonly Uint8Array[]): Promise<BulkFailure | undefined> {
    const ends = new Uint32Array(pieces.length);
    let end = 0;
    for (const [i, piece] of pieces.entries()) ends[i] = end += piece.length;
    if (this.arena.length < end) this.arena = new Uint8Array(new SharedArrayBuffer(end));
    for (const [i, piece] of pieces.entries()) this.arena.set(piece, ends[i]! - piece.length);
    const task: WriteTask = { kind: 'write', fds: Int32Array.from(fds), ends, bytes: this.arena };
    return (await this.run(task)) as BulkFailure | undefined;
  }

  /** Ends the thread once its task is done: until then the files must stay open. */
  async close(): Promise<void> {
    await this.present;
    await this.worker?.terminate();
    this.worker = undefined;
    this.arena = new Uint8Array(0);
  }

  private run(task: BulkTask): Promise<BulkAnswer> {
    const worker = (this.worker ??= startWorker());
    worker.ref();
    const settled = new AbortController();
    const { signal } = settled;
    const ended = once(worker, 'exit', { signal }).then((): never => {
      this.worker = undefined;
      throw new RetryableError('the thread that writes many files has ended');
    });
    const answered = once(worker, 'message', { signal }).then(([answer]) => answer as BulkAnswer);
    const answer = Promise.race([answered, ended]).finally(() => {
      worker.unref();
      settled.abort();
    });
    ended.catch(() => undefined);
    answered.catch(() => undefined);
    this.present = answer.catch(() => undefined);
    worker.postMessage(task);
    return answer;
  }
}

function startWorker(): Worker {
  const url = new URL(`./bulk-worker${extname(import.meta.filename)}`, import.meta.url);
  const worker = new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: 2 } });
  worker.on('error', () => undefined); // it ends then, which is what whoever waits for it hears of
  return worker;
}

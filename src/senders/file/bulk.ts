import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, RetryableError } from '../../errors.ts';
import type { BulkAnswers, BulkTask, ClosedFile, OpenTask, Root, WriteTask } from './bulk-tasks.ts';

type AnswerTo<Task extends BulkTask> = BulkAnswers[Task['kind']];

/** Looks at, opens and writes to many files at a time, in a thread that is started when it is first needed. One task at a time. */
export class Bulk {
  private worker: Worker | undefined;
  private present: Promise<unknown> = Promise.resolve();
  private arena: Uint8Array = new Uint8Array(0);

  look(paths: readonly string[]): Promise<BulkAnswers['look']> {
    return this.run({ kind: 'look', paths });
  }

  open(task: Omit<OpenTask, 'kind'>): Promise<BulkAnswers['open']> {
    return this.run({ kind: 'open', ...task });
  }

  /** Appends a piece to each file. Tells which one failed; those behind it were not written to then. */
  write(
    files: readonly (number | ClosedFile)[],
    pieces: readonly Uint8Array[],
    root: Root,
  ): Promise<BulkAnswers['write']> {
    const ends = new Uint32Array(pieces.length);
    let end = 0;
    for (const [i, piece] of pieces.entries()) ends[i] = end += piece.length;
    if (this.arena.length < end) this.arena = new Uint8Array(new SharedArrayBuffer(end));
    for (const [i, piece] of pieces.entries()) this.arena.set(piece, ends[i]! - piece.length);
    return this.run<WriteTask>({ kind: 'write', files, root, ends, bytes: this.arena });
  }

  /** Ends the thread once its task is done: until then the files must stay open. */
  async close(): Promise<void> {
    await this.present;
    await this.worker?.terminate();
    this.worker = undefined;
    this.arena = new Uint8Array(0);
  }

  private run<Task extends BulkTask>(task: Task): Promise<AnswerTo<Task>> {
    const worker = (this.worker ??= this.startWorker());
    worker.ref();
    const settled = new AbortController();
    const { signal } = settled;
    const failed = (error?: unknown): never => {
      // Also while it is ending: it takes no more tasks.
      if (this.worker === worker && !signal.aborted) this.worker = undefined;
      const reason = error === undefined ? '' : `: ${messageOf(error)}`;
      throw new RetryableError(`the thread that writes many files has ended${reason}`, { cause: error });
    };
    const ended = once(worker, 'exit', { signal }).then(() => failed(), failed);
    const answered = once(worker, 'message', { signal }).then(([answer]) => answer as AnswerTo<Task>, failed);
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

  private startWorker(): Worker {
    const url = new URL(`./bulk-worker${extname(import.meta.filename)}`, import.meta.url);
    // The files that it opens are handed over: they are not to be closed when it ends.
    const worker = new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: 2 }, trackUnmanagedFds: false });
    worker.on('error', () => undefined); // it ends then, which is what whoever waits for it hears of
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined; // also when nobody waits for it: it would never answer
    });
    return worker;
  }
}

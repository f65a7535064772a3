import { setTimeout as pause } from 'node:timers/promises';
import type { Journald } from './journald.ts';

const TICK_MS = 20;

/** Entries that come into a journald at a steady rate, each with its number as SEQ. */
export class Load {
  /** When each entry was handed to journald, in ms since 1970. */
  readonly writtenMs: number[] = [];
  private readonly perSecond: number;
  private readonly over = new AbortController();
  private readonly done: Promise<void>;
  private writing: Promise<void> = Promise.resolve();
  private held: Promise<unknown> | undefined;

  constructor(journald: Journald, perSecond: number) {
    this.perSecond = perSecond;
    this.done = this.run(journald);
    this.done.catch(() => undefined); // told by `stop`
  }

  /** Entries written so far. */
  get count(): number {
    return this.writtenMs.length;
  }

  /** Writes nothing while it is done: what a journald has not read from its socket when it ends is lost. */
  async hold(action: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.held = promise;
    await this.writing;
    await action().finally(() => {
      this.held = undefined;
      resolve(undefined);
    });
  }

  /** Ends it; resolves with the number of entries when all of them are with journald. */
  async stop(): Promise<number> {
    this.over.abort();
    await this.done;
    return this.count;
  }

  private async run(journald: Journald): Promise<void> {
    const beganMs = performance.now();
    while (!this.over.signal.aborted) {
      const due = Math.floor(((performance.now() - beganMs) / 1000) * this.perSecond) - this.count;
      const first = this.count;
      const entries = Array.from({ length: due }, (_, n) => ({ SEQ: first + n, MESSAGE: `entry ${first + n}` }));
      const nowMs = Date.now();
      this.writing = journald.writeAll(entries);
      await this.writing;
      for (let n = 0; n < due; n++) this.writtenMs.push(nowMs);
      await pause(TICK_MS);
      await this.held;
    }
  }
}

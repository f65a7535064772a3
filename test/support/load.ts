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

  constructor(journald: Journald, perSecond: number) {
    this.perSecond = perSecond;
    this.done = this.run(journald);
  }

  /** Entries written so far. */
  get count(): number {
    return this.writtenMs.length;
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
      await journald.writeAll(entries);
      for (let n = 0; n < due; n++) this.writtenMs.push(nowMs);
      await pause(TICK_MS);
    }
  }
}

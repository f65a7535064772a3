import { setTimeout as pause } from 'node:timers/promises';
import type { JournalFields } from './journal-socket.ts';
import type { Journald } from './journald.ts';

const TICK_MS = 20;

/** What a load consists of. */
export interface LoadOptions {
  readonly perSecond: number;
  /** The entry of a number; numbers begin with 0. */
  readonly entryOf?: (number: number) => JournalFields;
  /** Entries come in so many at once: their count is always a multiple. */
  readonly round?: number;
}

/** Entries that come into a journald at a steady rate, each with its number as SEQ. */
export class Load {
  /** When each entry was handed to journald, in ms since 1970. */
  readonly writtenMs: number[] = [];
  private readonly options: LoadOptions;
  private readonly over = new AbortController();
  private readonly done: Promise<void>;
  private writing: Promise<void> = Promise.resolve();
  private held: Promise<unknown> | undefined;

  constructor(journald: Journald, options: LoadOptions) {
    this.options = options;
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
    const { perSecond, entryOf = numbered, round = 1 } = this.options;
    const beganMs = performance.now();
    while (!this.over.signal.aborted) {
      const due = Math.floor(((performance.now() - beganMs) / 1000) * perSecond) - this.count;
      const whole = due - (due % round);
      const first = this.count;
      const nowMs = Date.now();
      this.writing = journald.writeAll(Array.from({ length: whole }, (_, n) => entryOf(first + n)));
      await this.writing;
      for (let n = 0; n < whole; n++) this.writtenMs.push(nowMs);
      await pause(TICK_MS);
      await this.held;
    }
  }
}

function numbered(number: number): JournalFields {
  return { SEQ: number, MESSAGE: `entry ${number}` };
}

import { inspect } from 'node:util';
import { Backoff, pause } from './backoff.ts';
import { messageOf } from './errors.ts';
import type { Reader } from './pipeline/reader.ts';
import type { Log } from './telemetry/log.ts';

export interface SuccessionOptions {
  readonly name: string;
  readonly log: Log;
  /** How long a reader may go on sending what it has read before the next one begins. */
  patienceMs(): number;
  /** A reader has sent what it could, and is about to close its senders. */
  drained(): Promise<void>;
  /** This reader has ended and is about to be forgotten. */
  ended(reader: Reader): void;
}

/** What is to come after the present reader. */
export interface Heir {
  make(): Reader;
  /** Who writes now where it will write: it begins when these have let go. */
  readonly after: readonly Succession[];
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 };
const LOOK_MS = 50;

/**
 * A reader's name through all reloads: one Reader at a time, each of which begins when the one before has let go of its
 * senders, so that no two deliveries ever write to one destination.
 */
export class Succession {
  /** The one that is at work, or is being started or ended. */
  reader: Reader | undefined;
  private readonly options: SuccessionOptions;
  /** What the present reader was made from, and what is to be; undefined: nothing. */
  private present: Heir | undefined;
  private wanted: Heir | undefined;
  private isOver = false;
  private isChanging = false;
  private changing = Promise.resolve();
  private leaving = Promise.resolve();
  /** Ends a wait before another attempt. */
  private news = new AbortController();

  constructor(options: SuccessionOptions, first?: { heir: Heir; reader: Reader }) {
    this.options = options;
    this.present = this.wanted = first?.heir;
    this.reader = first?.reader;
  }

  /** The reader of this name is to be this one from now on, or none. Resolves when it has begun; never rejects. */
  replace(heir: Heir | undefined): Promise<void> {
    this.wanted = heir;
    this.news.abort();
    if (!this.isChanging) {
      this.isChanging = true;
      this.changing = this.change();
    }
    return this.changing;
  }

  /** Ends for good: sends what was read until the deadline. The last reader is kept for its figures. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.isOver = true;
    this.news.abort();
    await this.changing;
    if (this.reader !== undefined) await this.end(this.reader, deadline);
  }

  private async change(): Promise<void> {
    const backoff = new Backoff(BACKOFF);
    while (this.wanted !== this.present && !this.isOver) {
      if (this.reader === undefined) await this.begin(this.wanted!, backoff);
      else await (this.leaving = this.retire(this.reader));
    }
    this.isChanging = false;
  }

  private async retire(reader: Reader): Promise<void> {
    const began = performance.now();
    const enough = new AbortController();
    const timer = setInterval(() => {
      if (performance.now() - began >= this.options.patienceMs() || isWaitingInVain(reader)) enough.abort();
    }, LOOK_MS);
    try {
      await this.end(reader, enough.signal);
    } finally {
      clearInterval(timer);
    }
    this.options.ended(reader);
    this.reader = this.present = undefined;
  }

  private async begin(heir: Heir, backoff: Backoff): Promise<void> {
    await Promise.all(heir.after.map(({ leaving }) => leaving));
    if (this.wanted !== heir || this.isOver) return;
    this.news = new AbortController();
    try {
      this.reader = heir.make();
      await this.reader.start();
      this.present = heir;
    } catch (error) {
      this.options.log.error(`cannot be started: ${messageOf(error)}; trying again.`, 'start');
      await this.reader?.stop();
      this.reader = undefined;
      await pause(backoff.nextMs(), this.news.signal);
    }
  }

  /** Each step is taken whatever becomes of the one before: a fault in one reader must not keep its name from going on. */
  private async end(reader: Reader, deadline: AbortSignal): Promise<void> {
    await this.attempt(() => reader.stopReading());
    await this.attempt(() => reader.drain(deadline));
    await this.attempt(() => this.options.drained());
    await this.attempt(() => reader.stop());
    reader.describe();
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.options.log.error(`ends with a fault that should not be: ${inspect(error)}; going on.`);
    }
  }
}

/** Nobody takes anything: what is left will be read again, so there is no use in waiting for them. */
function isWaitingInVain(reader: Reader): boolean {
  return reader.stats().senders.every(({ queueEntries, status }) => queueEntries === 0 || status !== 'connected');
}

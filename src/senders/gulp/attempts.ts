import { Backoff, pause } from '../../backoff.ts';
import { messageOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import { Refusal } from './answer.ts';

export interface AttemptsOptions {
  /** Who refuses, for messages. */
  readonly destination: string;
  readonly log: SenderContext['log'];
  /** The end has come. */
  readonly signal: AbortSignal;
}

const BACKOFF = { baseMs: 1000, maxMs: 60_000 };

/** What a bridge does in the background, each thing again and again until it is done. */
export class Attempts {
  private readonly options: AttemptsOptions;
  private readonly troubles = new Map<string, string>();

  constructor(options: AttemptsOptions) {
    this.options = options;
  }

  /** What holds one of them up; undefined: nothing. */
  get trouble(): string | undefined {
    return [...this.troubles.values()][0];
  }

  /** Tries until it is done, or the end has come. */
  async until(what: string, action: () => Promise<void>): Promise<void> {
    const { log, signal } = this.options;
    const isOver = (): boolean => signal.aborted;
    const backoff = new Backoff(BACKOFF);
    while (!isOver()) {
      try {
        await action();
        if (this.troubles.delete(what)) log.info('the bridge is in order again.', what);
        return;
      } catch (error) {
        if (isOver()) return;
        const message = this.sentenceOf(error);
        this.troubles.set(what, message);
        log.error(`${message}; trying again.`, `${what} ${message}`);
        await pause(BACKOFF.baseMs / 2 + backoff.nextMs(), signal);
      }
    }
  }

  private sentenceOf(error: unknown): string {
    return `${error instanceof Refusal ? `${this.options.destination}: ` : ''}${messageOf(error)}`;
  }
}

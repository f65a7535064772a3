import { AuthenticationError, BatchRefusedError, RejectedError, RetryableError } from '../errors.ts';
import type { Sender } from '../senders/sender.ts';

/** An end for work that a person waits for: when they say so, or when a destination gets nowhere for too long. */
export class Patience {
  /** Aborts at the end. */
  readonly signal: AbortSignal;
  private readonly giveUp = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(stop: AbortSignal, limitMs: number) {
    this.signal = AbortSignal.any([stop, this.giveUp.signal]);
    this.timer = setTimeout(() => {
      this.giveUp.abort();
    }, limitMs);
  }

  /** The same sender: its answers begin the waiting anew, that it does not know us ends it. */
  watch(sender: Sender): Sender {
    return {
      connect: (signal) => this.watched(sender.connect(signal), () => undefined),
      send: (batch, signal) =>
        this.watched(sender.send(batch, signal), () => {
          this.timer.refresh();
        }),
      close: () => sender.close(),
    };
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private async watched(work: Promise<void>, answered: () => void): Promise<void> {
    try {
      await work;
      answered();
    } catch (error) {
      const isAnswer = error instanceof RejectedError || error instanceof BatchRefusedError;
      if (isAnswer || (error instanceof RetryableError && error.remaining !== undefined)) answered();
      if (error instanceof AuthenticationError) this.giveUp.abort();
      throw error;
    }
  }
}

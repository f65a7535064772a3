import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** What is waited for, for the message if it does not come. */
  readonly what: string | (() => string);
  readonly deadlineMs?: number;
  readonly everyMs?: number;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until `probe` gives something other than undefined and false, and returns that; for what tells nobody when it
 * happens. Rejects after the deadline (a minute unless given, as the
 * machine may have much else to do).
 */
export async function until<T>(
  probe: () => T | Promise<T>,
  { what, deadlineMs = 60_000, everyMs = 5, signal }: UntilOptions,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found as Exclude<T, false | undefined>;
    signal?.throwIfAborted();
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMs / 1000} s in vain for ${typeof what === 'string' ? what : what()}`);
    }
    await delay(everyMs);
  }
}

import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** What is waited for, for the message if it does not come. */
  readonly what: string;
  readonly deadlineMs?: number;
  readonly everyMs?: number;
}

/**
 * Waits until `probe` gives something other than undefined and false, and returns that; for what tells nobody when it
 * happens. Rejects after the deadline (20 s unless given).
 */
export async function until<T>(
  probe: () => T | Promise<T>,
  options: UntilOptions,
): Promise<Exclude<T, false | undefined>> {
  const { what, deadlineMs = 20_000, everyMs = 5 } = options;
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found as Exclude<T, false | undefined>;
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs / 1000} s in vain for ${what}`);
    await delay(everyMs);
  }
}

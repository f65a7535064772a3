/** Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"), bounded. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  readonly random?: () => number;
}

/** With more, Node's timers go off at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Backoff {
  private readonly options: BackoffOptions;
  private attempt = 0;

  constructor(options: BackoffOptions) {
    this.options = options;
  }

  /** Milliseconds to wait before the next attempt: random between 0 and a bound that doubles each time. */
  nextMs(): number {
    const { baseMs, maxMs, random = Math.random } = this.options;
    const bound = Math.min(maxMs, baseMs * 2 ** Math.min(this.attempt++, 30));
    return Math.ceil(random() * bound);
  }

  /** Attempts since the last success. */
  get attempts(): number {
    return this.attempt;
  }

  /** An attempt succeeded. */
  reset(): void {
    this.attempt = 0;
  }
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Resolves once the signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

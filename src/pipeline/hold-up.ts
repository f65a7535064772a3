export interface HoldUpOptions {
  /** How long the others may be held up before something is done. */
  readonly limitMs: number;
  /** They have been for so long; counting begins anew. */
  exceeded(): void;
}

/**
 * Measures how long full queues have kept a feed's other deliveries waiting, all waits since it was last up to date
 * together: a destination that is merely too slow stops for short times only, but again and again.
 */
export class HoldUp {
  private readonly options: HoldUpOptions;
  private waitedMs = 0;
  private sinceMs: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: HoldUpOptions) {
    this.options = options;
  }

  /** Says whether from now on some deliveries wait for others. */
  set(isHeldUp: boolean): void {
    if (isHeldUp === (this.sinceMs !== undefined)) return;
    if (isHeldUp) this.begin();
    else this.end();
  }

  /** The feed is up to date: whatever was waited for, nobody is late. */
  forgive(): void {
    this.end();
    this.waitedMs = 0;
  }

  private begin(): void {
    this.sinceMs = performance.now();
    this.timer = setTimeout(
      () => {
        this.forgive();
        this.options.exceeded();
      },
      Math.max(0, this.options.limitMs - this.waitedMs),
    );
  }

  private end(): void {
    if (this.sinceMs !== undefined) this.waitedMs += performance.now() - this.sinceMs;
    this.sinceMs = undefined;
    clearTimeout(this.timer);
  }
}

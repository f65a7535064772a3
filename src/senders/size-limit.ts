/** After so long more is tried again: somebody may have raised the limit. */
const RAISE_AFTER_MS = 10 * 60_000;

/** How many bytes may go out at once: less than what was asked for, once a destination or something before it has shown that it takes less. */
export class SizeLimit {
  private readonly most: number;
  private readonly now: () => number;
  protected current: number;
  private loweredMs = -Infinity;

  constructor(most: number, now = (): number => performance.now()) {
    this.most = most;
    this.current = most;
    this.now = now;
  }

  get bytes(): number {
    if (this.current < this.most && this.now() - this.loweredMs > RAISE_AFTER_MS) {
      this.current = Math.min(this.most, this.current * 2);
      this.loweredMs = this.now();
    }
    return this.current;
  }

  /** So many were too much, and can be sent in parts. */
  tooLarge(bytes: number): void {
    this.lower(Math.ceil(bytes / 2));
  }

  protected lower(bytes: number): void {
    this.current = Math.min(this.current, bytes);
    this.loweredMs = this.now();
  }
}

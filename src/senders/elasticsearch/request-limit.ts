/** No request is made smaller than this because of trouble: then it is not the size. */
const SMALLEST_BYTES = 16 * 1024;
/** So many requests in a row got lost on a connection that answers else: perhaps they are too large for it. */
const LOST_IN_A_ROW = 3;
/** After so long a larger request is tried again: somebody may have raised the limit. */
const RAISE_AFTER_MS = 10 * 60_000;

/** How large requests may be: less than what was asked for, once a server or something before it has shown that it takes less. */
export class RequestLimit {
  private readonly most: number;
  private readonly now: () => number;
  private current: number;
  private lowered = -Infinity;
  private lostInARow = 0;
  private lostBytes = 0;

  constructor(most: number, now = (): number => performance.now()) {
    this.most = most;
    this.current = most;
    this.now = now;
  }

  get bytes(): number {
    if (this.current < this.most && this.now() - this.lowered > RAISE_AFTER_MS) {
      this.current = Math.min(this.most, this.current * 2);
      this.lowered = this.now();
    }
    return this.current;
  }

  /** The server has said so. */
  tooLarge(bytes: number): void {
    this.lower(Math.ceil(bytes / 2));
  }

  /** A request was answered: those of its size get through. */
  answered(bytes: number): void {
    if (bytes >= this.lostBytes) this.forget();
  }

  /** A send has failed without an answer to a request of this size; true when the limit was lowered for it. */
  lost(bytes: number): boolean {
    if (bytes < 2 * SMALLEST_BYTES) return false;
    this.lostBytes = Math.max(this.lostBytes, bytes);
    if (++this.lostInARow < LOST_IN_A_ROW) return false;
    this.forget();
    this.lower(Math.max(SMALLEST_BYTES, Math.ceil(Math.min(bytes, this.current) / 2)));
    return true;
  }

  private lower(bytes: number): void {
    this.current = Math.min(this.current, bytes);
    this.lowered = this.now();
  }

  private forget(): void {
    this.lostInARow = 0;
    this.lostBytes = 0;
  }
}

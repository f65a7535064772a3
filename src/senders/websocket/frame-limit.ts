/** After so long larger frames are tried again: somebody may have raised the limit. */
const RAISE_AFTER_MS = 10 * 60_000;

/** How many bytes of entries a frame may have: less than what was asked for once the receiver has shown that it takes less. */
export class FrameLimit {
  private readonly most: number;
  private readonly now: () => number;
  private current: number;
  private loweredMs = 0;

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

  /** A frame of this size, with more than one entry, was too large. */
  tooLarge(bytes: number): void {
    this.current = Math.min(this.current, Math.max(1, bytes >> 1));
    this.loweredMs = this.now();
  }
}

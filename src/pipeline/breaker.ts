/** So many refusals in a row are no accident of some entries. */
const LIMIT = 10_000;

/**
 * Notices a destination that refuses everything: then something is wrong with it or with the config, and what it refuses
 * would push older dead letters out at full speed. While it is open a single entry is tried at a time.
 */
export class Breaker {
  private readonly limit: number;
  private refusals = 0;

  constructor(limit = LIMIT) {
    this.limit = limit;
  }

  /** The last entries were all refused. */
  get isOpen(): boolean {
    return this.refusals >= this.limit;
  }

  /** So many were refused, and none accepted in between. */
  refused(count: number): void {
    this.refusals += count;
  }

  /** At least one was accepted. */
  accepted(): void {
    this.refusals = 0;
  }
}

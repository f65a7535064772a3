import { SizeLimit } from '../size-limit.ts';

/** No request is made smaller than this because of trouble: then it is not the size. */
const SMALLEST_BYTES = 16 * 1024;
/** So many requests in a row got lost on a connection that answers else: perhaps they are too large for it. */
const LOST_IN_A_ROW = 3;

/** How large requests may be; also those that get lost may have been too large. */
export class RequestLimit extends SizeLimit {
  private lostInARow = 0;
  private lostBytes = 0;

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

  private forget(): void {
    this.lostInARow = 0;
    this.lostBytes = 0;
  }
}

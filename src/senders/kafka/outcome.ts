import { RejectedError } from '../../errors.ts';
import type { Rejection } from '../../errors.ts';

/** What has become of each payload of a batch so far. */
export class Outcome {
  private readonly isSettled: Uint8Array;
  private readonly rejected: Rejection[] = [];

  constructor(count: number) {
    this.isSettled = new Uint8Array(count);
  }

  stored(index: number): void {
    this.isSettled[index] = 1;
  }

  reject(index: number, reason: string): void {
    this.isSettled[index] = 1;
    this.rejected.push({ index, reason });
  }

  /** Those that are neither stored nor rejected. */
  get remaining(): number[] {
    return [...this.isSettled.keys()].filter((i) => this.isSettled[i] === 0);
  }

  /** Throws for what was rejected, if anything was. What else has gone wrong will show again with the rest. */
  throwRejected(): void {
    const { rejected, remaining } = this;
    const [first] = rejected;
    if (first === undefined) return;
    const others = rejected.length > 1 ? ` and ${rejected.length - 1} more` : '';
    rejected.sort((a, b) => a.index - b.index);
    throw new RejectedError(`Kafka will not take an entry${others}: ${first.reason}`, rejected, { remaining });
  }
}

import { NotConnectedError, RejectedError } from '../../errors.ts';
import type { Batch } from '../sender.ts';
import { FrameTooLargeError } from './close-codes.ts';
import type { Frame } from './frames.ts';
import type { Session } from './session.ts';

/** One batch on its way over one connection: knows what of it was taken when the connection breaks. */
export class Dispatch {
  private readonly session: Session;
  private readonly count: number;
  private readonly before: number;
  private readonly written: { readonly end: number; readonly length: number }[] = [];

  constructor(session: Session, { ends }: Pick<Batch, 'ends'>) {
    this.session = session;
    this.count = ends.length;
    this.before = session.sent;
  }

  /** This frame goes out next. */
  add({ end, bytes: { length } }: Frame): void {
    this.written.push({ end, length });
  }

  /** The one frame that was too large, if that can be told: the only one without an answer. */
  culprit(error: unknown): { readonly length: number; readonly entries: number } | undefined {
    const [first, ...others] = this.written.slice(this.taken);
    if (!(error instanceof FrameTooLargeError) || first === undefined || others.length > 0) return undefined;
    return { length: first.length, entries: first.end - this.takenEntries };
  }

  /** The first entry that was not taken is refused, and those behind it are still to be sent. */
  rejection(reason: string): RejectedError {
    const index = this.takenEntries;
    return new RejectedError(reason, [{ index, reason }], { remaining: this.from(index + 1) });
  }

  /** The same error, with what is still to be sent if that is not all. */
  failure(error: unknown): unknown {
    const { takenEntries } = this;
    if (!(error instanceof NotConnectedError) || takenEntries === 0) return error;
    return new NotConnectedError(error.message, { cause: error, remaining: this.from(takenEntries) });
  }

  private get taken(): number {
    return Math.max(0, this.session.taken - this.before);
  }

  private get takenEntries(): number {
    return this.written[this.taken - 1]?.end ?? 0;
  }

  private from(index: number): number[] {
    return Array.from({ length: this.count - index }, (_, i) => index + i);
  }
}

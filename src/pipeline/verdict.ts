import { BatchRefusedError, RejectedError, RetryableError, type Rejection } from '../errors.ts';
import { halvesOf, pickFrom, type BatchPart } from './batch-part.ts';

/** What follows for a part from what its sender has thrown. */
export type Verdict =
  /** After a wait these are to be sent; the others were accepted. */
  | { readonly kind: 'retry'; readonly rest: BatchPart; readonly error: unknown }
  /** These were refused for good; the rest is to be sent at once, what is in neither was accepted. */
  | { readonly kind: 'rejected'; readonly rejected: readonly Rejection[]; readonly rest: BatchPart }
  /** To be sent at once, one after the other. */
  | { readonly kind: 'split'; readonly parts: readonly BatchPart[] };

/** What is to be done with a part that its sender has thrown an error for. */
export function verdictOf(error: unknown, part: BatchPart): Verdict {
  if (error instanceof RetryableError) return retryOf(error, part);
  if (error instanceof RejectedError) return rejectionOf(error, part);
  if (!(error instanceof BatchRefusedError)) return { kind: 'retry', rest: part, error };
  if (part.ends.length > 1) return { kind: 'split', parts: halvesOf(part) };
  return { kind: 'rejected', rejected: [{ index: 0, reason: error.message }], rest: pickFrom(part, []) };
}

/** How many payloads of the part the destination has accepted. */
export function takenOf({ ends }: BatchPart, verdict: Verdict): number {
  if (verdict.kind === 'split') return 0;
  const refused = verdict.kind === 'rejected' ? verdict.rejected.length : 0;
  return ends.length - verdict.rest.ends.length - refused;
}

function retryOf(error: RetryableError, part: BatchPart): Verdict {
  const { remaining } = error;
  if (remaining === undefined) return { kind: 'retry', rest: part, error };
  if (!areIndices(remaining, part)) return bug(error, part, 'names payloads as remaining that are not in the batch');
  return { kind: 'retry', rest: pickFrom(part, remaining), error };
}

function rejectionOf(error: RejectedError, part: BatchPart): Verdict {
  const { rejected, remaining } = error;
  const indices = rejected.map(({ index }) => index);
  if (indices.length === 0) return bug(error, part, 'rejects, but names no payload');
  if (!areIndices(indices, part) || !areIndices(remaining, part)) {
    return bug(error, part, 'rejects payloads that are not in the batch');
  }
  if (new Set([...indices, ...remaining]).size < indices.length + remaining.length) {
    return bug(error, part, 'names a payload twice');
  }
  return { kind: 'rejected', rejected, rest: pickFrom(part, remaining) };
}

/** Nothing may be dropped because of a sender that cannot count. */
function bug(cause: Error, part: BatchPart, what: string): Verdict {
  return { kind: 'retry', rest: part, error: new TypeError(`the sender ${what}: ${cause.message}`, { cause }) };
}

function areIndices(numbers: readonly number[], { ends }: BatchPart): boolean {
  return numbers.every((n) => Number.isInteger(n) && n >= 0 && n < ends.length);
}

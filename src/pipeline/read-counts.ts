import type { Decoder } from '../journal/decode.ts';
import type { ReadCounts } from './feed-options.ts';

type DecodeErrors = Decoder['errors'];

/** Before anything is read. */
export const NOTHING_READ: ReadCounts = { entries: 0, bytes: 0, tooLarge: 0, lastMs: undefined };

/** What two feeds have read: those that meet have read the same at last, and the one that has read most, all of it. */
export function mostOf(a: ReadCounts, b: ReadCounts): ReadCounts {
  return {
    entries: Math.max(a.entries, b.entries),
    bytes: Math.max(a.bytes, b.bytes),
    tooLarge: Math.max(a.tooLarge, b.tooLarge),
    lastMs: Math.max(a.lastMs ?? 0, b.lastMs ?? 0) || undefined,
  };
}

/** What two decoders could not decode. */
export function sumOf(a: DecodeErrors, b: DecodeErrors): DecodeErrors {
  return { malformed: a.malformed + b.malformed, truncated: a.truncated + b.truncated, cut: a.cut + b.cut };
}

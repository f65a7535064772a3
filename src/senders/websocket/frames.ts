import type { Batch } from '../sender.ts';

/** A part of a batch that goes out as one frame. */
export interface Frame {
  /** Entries joined by NUL, without newlines. */
  readonly bytes: Buffer;
  /** The index behind its last entry. */
  readonly end: number;
}

/** The frames of a batch: at most `maxBytes` of entries in each, one entry in each if `maxBytes` is 0. */
export function* framesOf({ bytes, ends }: Pick<Batch, 'bytes' | 'ends'>, maxBytes: number): Generator<Frame> {
  for (let first = 0; first < ends.length;) {
    const start = first === 0 ? 0 : ends[first - 1]!;
    let last = first;
    while (last + 1 < ends.length && ends[last + 1]! - 1 - start <= maxBytes) last++;
    const frame = Buffer.from(bytes.subarray(start, ends[last]! - 1));
    for (let i = first; i < last; i++) frame[ends[i]! - 1 - start] = 0;
    yield { bytes: frame, end: last + 1 };
    first = last + 1;
  }
}

import type { Batch } from '../senders/sender.ts';

/** A batch, or what of it is still to be settled: to be sent like any batch. */
export interface BatchPart extends Batch {
  /** How often these payloads were sent. */
  readonly attempts: number;
  /** For each payload its index in the batch; undefined: it is all of the batch. */
  readonly origin: Uint32Array | undefined;
}

/** All of a batch, not sent yet. */
export function wholeOf({ bytes, ends, last }: Batch): BatchPart {
  return { bytes, ends, last, attempts: 0, origin: undefined };
}

/** The same payloads, sent once more. */
export function sentAgain(part: BatchPart): BatchPart {
  return { ...part, attempts: part.attempts + 1 };
}

/** The payloads of a part from one index up to another, without copying them. */
export function rangeOf(part: BatchPart, from: number, to: number): BatchPart {
  const start = startOf(part, from);
  return {
    ...part,
    bytes: part.bytes.subarray(start, startOf(part, to)),
    ends: part.ends.slice(from, to).map((end) => end - start),
    origin: part.origin?.slice(from, to) ?? Uint32Array.from({ length: to - from }, (_, i) => from + i),
  };
}

/** The two halves of a part that has at least two payloads. */
export function halvesOf(part: BatchPart): BatchPart[] {
  const middle = part.ends.length >> 1;
  return [rangeOf(part, 0, middle), rangeOf(part, middle, part.ends.length)];
}

/** The payloads with these indices, in the order of the batch, each once. */
export function pickFrom(part: BatchPart, indices: readonly number[]): BatchPart {
  const wanted = Uint32Array.from(new Set(indices)).sort();
  const [first = 0] = wanted;
  if (wanted.length === 0 || wanted.at(-1)! - first === wanted.length - 1) {
    return rangeOf(part, first, first + wanted.length);
  }
  const payloads = Array.from(wanted, (i) => payloadOf(part, i));
  let end = 0;
  return {
    ...part,
    bytes: Buffer.concat(payloads),
    ends: Uint32Array.from(payloads, ({ length }) => (end += length)),
    origin: wanted.map((i) => indexInBatch(part, i)),
  };
}

/** Payload i, valid as long as the batch. */
export function payloadOf({ bytes, ends }: Pick<Batch, 'bytes' | 'ends'>, i: number): Buffer {
  return bytes.subarray(startOf({ ends }, i), ends[i]);
}

/** Which payload of the batch the payload i of a part is. */
export function indexInBatch({ origin }: BatchPart, i: number): number {
  return origin === undefined ? i : origin[i]!;
}

/** How many bytes its payloads have. */
export function bytesOf({ ends }: Pick<Batch, 'ends'>): number {
  return ends.at(-1) ?? 0;
}

function startOf({ ends }: Pick<Batch, 'ends'>, i: number): number {
  return i === 0 ? 0 : ends[i - 1]!;
}

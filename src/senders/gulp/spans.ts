import type { Batch } from '../sender.ts';

/** Entries of a batch that go in one request, by their indices; `to` is not among them. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Parts a batch, in order from the end, as they are popped. An entry that is larger than `maxBytes` goes alone. */
export function spansOf({ ends }: Batch, maxEntries: number, maxBytes: number): Span[] {
  const spans: Span[] = [];
  for (let from = 0; from < ends.length;) {
    const start = from === 0 ? 0 : ends[from - 1]!;
    let to = from + 1;
    while (to < ends.length && to - from < maxEntries && ends[to]! - start <= maxBytes) to++;
    spans.push({ from, to });
    from = to;
  }
  return spans.reverse();
}

/** How many bytes the entries of a span have. */
export function bytesOf({ ends }: Batch, { from, to }: Span): number {
  return ends[to - 1]! - (from === 0 ? 0 : ends[from - 1]!);
}

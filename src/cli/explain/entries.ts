import { Decoder } from '../../journal/decode.ts';
import type { Explain } from './entry.ts';
import type { ExplainedEntry } from './explained.ts';

/** What came out of a stream. */
export interface Tally {
  /** Entries that were explained, each once however many readers did. */
  entries: number;
  /** Pieces of the stream that were no entry. */
  broken: number;
}

/**
 * Explains the entries of a stream in export format, at most `limit`: each by every reader in turn. Takes no more of the
 * stream than it needs, and keeps one entry in memory.
 */
export async function* explainEntries(
  chunks: AsyncIterable<Buffer>,
  explains: readonly Explain[],
  { tally, limit }: { readonly tally: Tally; readonly limit: number },
): AsyncGenerator<ExplainedEntry, void, void> {
  // A decoder for each, because an entry is redacted where it lies.
  const lanes = explains.map((explain) => ({ explain, decoder: new Decoder() }));
  const [first] = lanes;
  if (first === undefined) return;
  for await (const chunk of chunks) {
    for (const { decoder } of lanes) decoder.push(chunk);
    while (tally.entries < limit) {
      const blocks = lanes.map(({ decoder }) => decoder.decode(1));
      if (blocks[0]!.count === 0) break;
      tally.entries++;
      for (const [n, { explain }] of lanes.entries()) yield explain(blocks[n]!);
    }
    tally.broken = brokenOf(first.decoder);
    if (tally.entries >= limit) return;
  }
  first.decoder.finish();
  tally.broken = brokenOf(first.decoder);
}

function brokenOf({ errors }: Decoder): number {
  return errors.malformed + errors.truncated;
}

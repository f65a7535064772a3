import type { EntrySpec } from './export-stream.ts';
import { buildJournal } from './journal-builder.ts';

/** What a journal of many values is like: each KEY is one of so many, in no order; SEQ counts the entries. */
export interface KeyedOptions {
  readonly count: number;
  readonly keyOf: (n: number) => string;
  /** Characters of MESSAGE. */
  readonly lengthOf?: (n: number) => number;
}

/** Builds a journal whose entries are told apart by SEQ and sorted by KEY. */
export async function buildKeyedJournal(directory: string, options: KeyedOptions): Promise<void> {
  await buildJournal(directory, keyedEntries(options));
}

function* keyedEntries({ count, keyOf, lengthOf = () => 40 }: KeyedOptions): Generator<EntrySpec> {
  for (let n = 0; n < count; n++) {
    const fields = [
      ['SEQ', `${n}`],
      ['KEY', keyOf(n)],
      ['MESSAGE', `${n} `.padEnd(lengthOf(n), 'x')],
    ] as const;
    yield { realtimeUs: 1_767_225_600_000_000 + n * 1000, monotonicUs: n * 1000, bootId: '0'.repeat(31) + '1', fields };
  }
}

import type { Block } from '../../src/journal/block.ts';
import { Decoder } from '../../src/journal/decode.ts';
import { writeEntry } from './reference/arbitraries.ts';

/** Fields of an entry by name; a list is a repeated field. */
export type EntryFields = Readonly<Record<string, string | Buffer | readonly (string | Buffer)[]>>;

/** A Block of these entries, each with a cursor in front. */
export function blockOf(...entries: readonly EntryFields[]): Block {
  const decoder = new Decoder();
  for (const entry of entries) decoder.push(writeEntry(writtenFields({ __CURSOR: 'c', ...entry })));
  return decoder.decode(entries.length);
}

function writtenFields(entry: EntryFields): { name: string; value: Buffer; isBinary: boolean }[] {
  return Object.entries(entry).flatMap(([name, values]) =>
    [values].flat().map((value) => ({ name, value: Buffer.from(value as string), isBinary: false })),
  );
}

import type { Block } from '../journal/block.ts';
import type { FieldFilter } from './field-filter.ts';

/** The fields of an entry by name without leading underscores, as text: what a field filter keeps, extra fields in front. */
export type EntryFields = ReadonlyMap<string, string | readonly string[]>;

/** Reads entries as plain fields. Of two names that differ by underscores the trusted one counts; a repeated one is a list. */
export function createEntryFields(
  filter: FieldFilter,
  extraFields: Readonly<Record<string, unknown>>,
): (block: Block, i: number) => Map<string, string | string[]> {
  const isWanted = (key: string): boolean => filter.keeps(key) && !Object.hasOwn(extraFields, key);
  return (block, i) => {
    const fields = new Map<string, string | string[]>();
    const trust = new Map<string, number>();
    for (let f = block.firstField[i]!; f < block.firstField[i + 1]!; f++) {
      const id = block.name[f]!;
      const key = block.names.key(id);
      if (!isWanted(key)) continue;
      const value = block.bytes.toString('utf8', block.start[f], block.end[f]);
      const known = fields.get(key);
      const isNewer = known === undefined || block.names.trust(id) > trust.get(key)!;
      if (isNewer) {
        fields.set(key, value);
        trust.set(key, block.names.trust(id));
      } else if (block.names.trust(id) === trust.get(key)) fields.set(key, [known, value].flat());
    }
    return fields;
  };
}

/** One value of a field: of a repeated one the first, as journalctl shows it. */
export function firstOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value;
}

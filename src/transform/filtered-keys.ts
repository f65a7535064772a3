import type { Block } from '../journal/block.ts';
import { createFieldFilter } from './field-filter.ts';
import type { EncoderOptions } from './encoder-options.ts';
import { FORMATS, jsonFormat, KIND } from './format.ts';

/** What a field filter does with the keys that an entry's payload would have without it, in their order. */
export interface FilteredKeys {
  readonly keeps: readonly string[];
  readonly removes: readonly string[];
}

/** Sorts the keys of entry i into those that the encoder writes and those that its field filter leaves out. */
export function createFilteredKeys(options: EncoderOptions): (block: Block, i: number) => FilteredKeys {
  const filter = createFieldFilter(options.fieldFilter);
  return (block, i) => {
    const keys = keysOf(block, i, options);
    return { keeps: keys.filter((key) => filter.keeps(key)), removes: keys.filter((key) => !filter.keeps(key)) };
  };
}

function keysOf(block: Block, i: number, { format: name, extraFields }: EncoderOptions): string[] {
  const format = jsonFormat(name) ?? FORMATS.journalpump;
  const keys = new Set<string>();
  for (let f = block.firstField[i]!; f < block.firstField[i + 1]!; f++) {
    const id = block.name[f]!;
    const key = format.keyOf(block.names, id);
    const isLeftOut = format.kindOf(block.names.text(id)) === KIND.LEAVE_OUT;
    if (!isLeftOut && !Object.hasOwn(extraFields, key)) keys.add(key);
  }
  const added = name === 'journalpump' && !Object.hasOwn(extraFields, 'timestamp') ? ['timestamp'] : [];
  return [...keys, ...added, ...Object.keys(extraFields)];
}

import { isDeepStrictEqual } from 'node:util';
import type { Block } from '../journal/block.ts';
import { FORMATS, KIND } from './format.ts';
import { valueText } from './value.ts';

/** Whether entry i is selected. */
export type Match = (block: Block, i: number) => boolean;

/**
 * journalpump's `match_key` / `match_value`: the field of that name without underscores, converted as its format does,
 * equals the value. Without a value only entries that lack the field (or have null there) are selected.
 */
export function createMatch(key: string | undefined, value: unknown): Match {
  if (key === undefined || key === '') return () => true;
  const wanted = comparable(value ?? null);
  return (block, i) => isDeepStrictEqual(comparable(matchedValue(block, i, key)), wanted);
}

/** What `match_key` compares: the value of that key as the `journalpump` format writes it; null when there is none. */
export function matchedValue(block: Block, i: number, key: string): unknown {
  const values: unknown[] = [];
  let trust = -1;
  for (let f = block.firstField[i]!; f < block.firstField[i + 1]!; f++) {
    const id = block.name[f]!;
    if (block.names.key(id) !== key) continue;
    const kind = FORMATS.journalpump.kindOf(block.names.text(id));
    if (kind === KIND.LEAVE_OUT || block.names.trust(id) < trust) continue;
    if (block.names.trust(id) > trust) values.length = 0;
    trust = block.names.trust(id);
    values.push(JSON.parse(valueText(FORMATS.journalpump, kind, block.value(f))));
  }
  return values.length > 1 ? values : (values[0] ?? null);
}

// In Python, True equals 1.
function comparable(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

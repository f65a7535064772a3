import { isUtf8 } from 'node:buffer';
import { CARE, ENTRY, type Block } from '../journal/block.ts';
import { MAX_FIELD_NAMES, type FieldNames } from '../journal/field-names.ts';
import { KIND } from './format.ts';
import { convertedText } from './value.ts';

const UNKNOWN = 0;
const UNWANTED = 1;
const FIRST_WANTED = 2;

/** Finds the fields that searches look at in an entry, all of them in one go. */
export class SearchFields {
  private readonly wanted: readonly string[];
  private readonly found: Int32Array;
  private names: FieldNames | undefined;
  /** What each name is by number: UNKNOWN, UNWANTED, or FIRST_WANTED and its index in `wanted`. */
  private readonly roles = new Uint16Array(MAX_FIELD_NAMES);

  /** `wanted`: the original names, each once. */
  constructor(wanted: readonly string[]) {
    this.wanted = wanted;
    this.found = new Int32Array(wanted.length);
  }

  /** The first field with each wanted name, in their order; -1 for what entry i has not. Good until the next call. */
  find(block: Block, i: number): Int32Array {
    if (block.names !== this.names) this.forget(block.names);
    const { found, roles } = this;
    const { name } = block;
    found.fill(-1);
    for (let f = block.firstField[i + 1]! - 1; f >= block.firstField[i]!; f--) {
      const role = roles[name[f]!]! || this.learn(name[f]!);
      if (role >= FIRST_WANTED) found[role - FIRST_WANTED] = f;
    }
    return found;
  }

  private learn(id: number): number {
    const index = this.wanted.indexOf(this.names!.text(id));
    this.roles[id] = index < 0 ? UNWANTED : FIRST_WANTED + index;
    return this.roles[id];
  }

  private forget(names: FieldNames): void {
    this.names = names;
    this.roles.fill(UNKNOWN);
  }
}

/** The next field of entry i after f that has the same name; -1 when there is none. */
export function nextOfName(block: Block, i: number, f: number): number {
  if ((block.flags[i]! & ENTRY.REPEATS) === 0) return -1;
  const end = block.firstField[i + 1]!;
  for (let next = f + 1; next < end; next++) if (block.name[next] === block.name[f]) return next;
  return -1;
}

/** What a search sees of field f, which is of this kind: UTF-8 text, numbers and uuids as journalpump writes them; or nothing. */
export function searchedValue(block: Block, f: number, kind: number): Buffer | undefined {
  if (kind === KIND.NULL || kind === KIND.LEAVE_OUT || block.start[f] === block.end[f]) return undefined;
  const value = block.value(f);
  const converted = convertedText(kind, value);
  if (converted !== undefined) return Buffer.from(converted.replaceAll('"', ''));
  return (block.care[f]! & CARE.NON_ASCII) === 0 || isUtf8(value) ? value : undefined;
}

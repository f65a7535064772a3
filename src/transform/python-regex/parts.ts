import { refusal } from '../pattern/error.ts';
import type { RegexNode } from './node.ts';
import type { RegexReader } from './reader.ts';

/** How often something is repeated; `max` may be Infinity. */
export interface Quantifier {
  readonly min: number;
  readonly max: number;
  readonly isLazy: boolean;
}

/** RE2 repeats nothing more often than this by count. */
const MAX_COUNT = 1000;

const SIGNS = new Map([
  ['*', { min: 0, max: Infinity }],
  ['+', { min: 1, max: Infinity }],
  ['?', { min: 0, max: 1 }],
]);

const REFUSED = [
  ['(?=', 'a look-ahead'],
  ['(?!', 'a look-ahead'],
  ['(?<=', 'a look-behind'],
  ['(?<!', 'a look-behind'],
  ['(?P=', 'a back-reference'],
  ['(?(', 'a conditional'],
  ['(?>', 'an atomic group'],
] as const;

/** Reads the quantifier that comes next, if one does; `previous` is what it would repeat. */
export function readQuantifier(reader: RegexReader, previous: RegexNode | undefined): Quantifier | undefined {
  const start = reader.at;
  const counts = readCounts(reader);
  if (counts === undefined) return undefined;
  const text = reader.since(start);
  if (previous === undefined || previous.kind === 'place') throw reader.error(`${text} has nothing to repeat`, start);
  if (previous.kind === 'repeat')
    throw reader.error(`${text} repeats a repetition; put what it repeats into (?:…)`, start);
  if (reader.peek() === '+') throw refusal(`${text}+`, 'a possessive quantifier');
  return { ...counts, isLazy: reader.take('?') };
}

function readCounts(reader: RegexReader): { min: number; max: number } | undefined {
  const counts = SIGNS.get(reader.peek());
  if (counts === undefined) return reader.peek() === '{' ? readBraces(reader) : undefined;
  reader.next();
  return counts;
}

/** `{n}`, `{n,}`, `{,n}`, `{n,m}`; any other brace is a character like others. */
function readBraces(reader: RegexReader): { min: number; max: number } | undefined {
  const start = reader.at;
  reader.next();
  const low = reader.run(/[0-9]/);
  const hasComma = reader.take(',');
  const high = hasComma ? reader.run(/[0-9]/) : low;
  if (!reader.take('}') || (low === '' && !hasComma)) {
    reader.at = start;
    return undefined;
  }
  const min = Number(low);
  const max = high === '' ? Infinity : Number(high);
  const text = reader.since(start);
  if (max < min) throw reader.error(`${text} has its larger number first`, start);
  if (min > MAX_COUNT || (max > MAX_COUNT && max !== Infinity)) {
    throw reader.error(`${text} is beyond RE2, which counts repetitions up to ${MAX_COUNT}`, start);
  }
  return { min, max };
}

/** Reads a group's name behind `(?P<`. */
export function readGroupName(reader: RegexReader): string {
  const start = reader.at;
  const name = reader.until('>');
  if (name === undefined) throw reader.error('the name of a group is not closed with >', start);
  if (!/^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(name)) {
    throw reader.error(
      `${JSON.stringify(name)} is no name for a group: letters, digits and underscores, no digit first`,
      start,
    );
  }
  return name;
}

/** Throws for a group that RE2 cannot do; the `(?` has been read. */
export function refuseGroup(reader: RegexReader, start: number): void {
  const at = reader.at;
  reader.at = start;
  for (const [opening, what] of REFUSED) if (reader.startsWith(opening)) throw refusal(opening, what);
  if (reader.startsWith('(?<')) throw reader.error('(?<name>…) is not Python: write (?P<name>…)', start);
  reader.at = at;
}

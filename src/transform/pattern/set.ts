import { categoryRanges } from './category.ts';
import { common, outside, union, type Ranges } from './ranges.ts';
import type { Case, Category, CharacterSet } from '../python-regex/node.ts';

const ASCII: Ranges = [[0, 0x7f]];
const BEYOND_ASCII: Ranges = outside(ASCII);
/** The letters of larger sets are not looked up one by one in their other case. */
const MAX_CASED = 0x400;

/** How RE2 names the class escapes that have names there. */
const NAMED: Partial<Record<Category, string>> = { d: '\\p{Nd}', w: '\\p{L}\\p{N}_' };

/** A character in RE2's syntax, in brackets or not. */
export function characterSource(code: number): string {
  const char = String.fromCodePoint(code);
  return /[0-9A-Za-z_]/.test(char) ? char : `\\x{${code.toString(16).toUpperCase()}}`;
}

/** A set in RE2's syntax. */
export function setSource(set: CharacterSet, letterCase: Case): string {
  const ranges = letterCase === 'any-ascii' ? set.ranges.flatMap(inAsciiCases) : set.ranges;
  const categories = set.categories.map((category) => categorySource(category, set.isAscii));
  const source = `[${set.isNegated ? '^' : ''}${rangesSource(ranges)}${categories.join('')}]`;
  return letterCase === 'any' && ranges.length > 0 ? `(?i:${source})` : source;
}

/**
 * A larger set that costs RE2 little: the ASCII characters of the set and, if it may have any other, all others. The
 * letters of the world take RE2 hundreds of instructions.
 */
export function wideSetSource(set: CharacterSet, letterCase: Case): string {
  const members = membersOf(set, letterCase);
  const isAsciiOnly = letterCase !== 'any' && common(members, BEYOND_ASCII).length === 0;
  return `[${rangesSource([...common(members, ASCII), ...(isAsciiOnly ? [] : BEYOND_ASCII)])}]`;
}

/** The characters of a set, in the case that it tells. */
export function membersOf(set: CharacterSet, letterCase: Case): Ranges {
  const ranges = set.ranges.flatMap((range) => inCases(range, letterCase));
  const categories = set.categories.flatMap((category) => categoryRanges(category, set.isAscii));
  const members = union([...ranges, ...categories]);
  return set.isNegated ? outside(members) : members;
}

function categorySource(category: Category, isAscii: boolean): string {
  return (isAscii ? undefined : NAMED[category]) ?? rangesSource(categoryRanges(category, isAscii));
}

function rangesSource(ranges: Ranges): string {
  return ranges
    .map(([first, last]) => characterSource(first) + (first === last ? '' : `-${characterSource(last)}`))
    .join('');
}

function inCases(range: Ranges[number], letterCase: Case): Ranges {
  if (letterCase === 'exact') return [range];
  if (letterCase === 'any-ascii') return inAsciiCases(range);
  const [first, last] = range;
  if (last - first > MAX_CASED) return [range];
  const codes = Array.from({ length: last - first + 1 }, (_, n) => casesOf(String.fromCodePoint(first + n))).flat();
  return codes.map((code) => [code, code]);
}

function inAsciiCases(range: Ranges[number]): Ranges {
  const [[first, last] = [0, -1]] = common([range], ASCII);
  const chars = Array.from({ length: last - first + 1 }, (_, n) => String.fromCharCode(first + n));
  const codes = chars.flatMap((char) => [char.toLowerCase().charCodeAt(0), char.toUpperCase().charCodeAt(0)]);
  return [range, ...codes.map((code) => [code, code] as const)];
}

/** The character and its other cases, where those are single characters. */
function casesOf(char: string): number[] {
  const [lower, upper] = [char.toLowerCase(), char.toUpperCase()];
  const all = [char, lower, upper, lower.toUpperCase(), upper.toLowerCase()];
  return all.filter((each) => Array.from(each).length === 1).map((each) => each.codePointAt(0)!);
}

import { rangesOutside } from './pattern-unicode.ts';
import type { Case, Category, CharacterSet } from './python-regex-node.ts';

type Range = readonly [first: number, last: number];
type Positive = Lowercase<Category>;

const LAST = 0x10ffff;
const LAST_ASCII = 0x7f;
const CASE_BIT = 0x20;

const ASCII: Record<Positive, string> = { d: '0-9', w: '0-9A-Z_a-z', s: '\\x{9}-\\x{D}\\x{20}' };
/** Python's `str.isdecimal`, `str.isalnum` or an underscore, `str.isspace`; in RE2's syntax and in JavaScript's, with `u`. */
const UNICODE: Record<Positive, string> = {
  d: '\\p{Nd}',
  w: '\\p{L}\\p{N}_',
  s: '\\x{9}-\\x{D}\\x{1C}-\\x{20}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}',
};

/** The letters that another letter equals in any case although they are far apart: long s and the Kelvin sign. */
const FAR_CASES = new Map([
  [0x73, 0x17f],
  [0x53, 0x17f],
  [0x6b, 0x212a],
  [0x4b, 0x212a],
]);

/** A character in RE2's syntax, in brackets or not. */
export function characterSource(code: number): string {
  const char = String.fromCodePoint(code);
  return /[0-9A-Za-z_]/.test(char) ? char : `\\x{${code.toString(16).toUpperCase()}}`;
}

/** A set in RE2's syntax. */
export function setSource(set: CharacterSet, letterCase: Case): string {
  const ranges = letterCase === 'any-ascii' ? set.ranges.flatMap(inBothCases) : set.ranges;
  const members = [
    ...ranges.map(rangeSource),
    ...set.categories.map((category) => categorySource(category, set.isAscii)),
  ];
  const source = `[${set.isNegated ? '^' : ''}${members.join('')}]`;
  return letterCase === 'any' && ranges.length > 0 ? `(?i:${source})` : source;
}

/**
 * A larger set that costs RE2 little: the ASCII characters of the set and, if it may have any other, all others. The
 * letters of the world take RE2 hundreds of instructions.
 */
export function wideSetSource(set: CharacterSet, letterCase: Case): string {
  const members: Range[] = [];
  for (let code = 0; code <= LAST_ASCII; code++) if (hasAscii(set, letterCase, code)) members.push([code, code]);
  if (!isAsciiOnly(set, letterCase)) members.push([LAST_ASCII + 1, LAST]);
  return `[${members.map(rangeSource).join('')}]`;
}

function hasAscii(set: CharacterSet, letterCase: Case, code: number): boolean {
  const codes = letterCase === 'exact' ? [code] : [code, otherCase(code)];
  if (letterCase === 'any') codes.push(FAR_CASES.get(code) ?? code);
  const isMember =
    codes.some((each) => isInRanges(set, each)) || set.categories.some((category) => isIn(category, set, code));
  return isMember !== set.isNegated;
}

function isInRanges(set: CharacterSet, code: number): boolean {
  return set.ranges.some(([first, last]) => first <= code && code <= last);
}

function isIn(category: Category, set: CharacterSet, code: number): boolean {
  return membersOf(category, set.isAscii).test(String.fromCharCode(code)) !== isNegation(category);
}

function isAsciiOnly(set: CharacterSet, letterCase: Case): boolean {
  if (set.isNegated || letterCase === 'any') return false;
  return (
    set.ranges.every(([, last]) => last <= LAST_ASCII) &&
    set.categories.every((each) => set.isAscii && /[dws]/.test(each))
  );
}

function rangeSource([first, last]: Range): string {
  return first === last ? characterSource(first) : `${characterSource(first)}-${characterSource(last)}`;
}

function categorySource(category: Category, isAscii: boolean): string {
  if (isNegation(category)) return rangesOutside(membersOf(category, isAscii)).map(rangeSource).join('');
  return (isAscii ? ASCII : UNICODE)[category as Positive];
}

function isNegation(category: Category): boolean {
  return category !== category.toLowerCase();
}

/** The members of the category or, if it is a negation, of what it negates. */
function membersOf(category: Category, isAscii: boolean): RegExp {
  const members = (isAscii ? ASCII : UNICODE)[category.toLowerCase() as Positive];
  return new RegExp(`[${members.replace(/\\x\{/g, '\\u{')}]`, 'u');
}

function inBothCases(range: Range): Range[] {
  const ranges: Range[] = [range];
  for (let code = range[0]; code <= Math.min(range[1], LAST_ASCII); code++)
    ranges.push([otherCase(code), otherCase(code)]);
  return ranges;
}

function otherCase(code: number): number {
  return /[A-Za-z]/.test(String.fromCharCode(code)) && code <= LAST_ASCII ? code ^ CASE_BIT : code;
}

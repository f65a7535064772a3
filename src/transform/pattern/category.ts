import { outside, rangesOf, type Ranges } from './ranges.ts';
import type { Category } from '../python-regex/node.ts';

const LETTERS: Ranges = [
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const DIGITS: Ranges = [[0x30, 0x39]];
const SPACES: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
];
/** Python's `str.isspace`; the ASCII separators 0x1c to 0x1f belong to it. */
const UNICODE_SPACES: Ranges = [
  [0x09, 0x0d],
  [0x1c, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

let unicodeWords: Ranges | undefined;
let unicodeDigits: Ranges | undefined;

/** The characters of a class escape of Python 3; those of ASCII only for a pattern with `(?a)`. */
export function categoryRanges(category: Category, isAscii: boolean): Ranges {
  switch (category) {
    case 'd':
      return isAscii ? DIGITS : (unicodeDigits ??= rangesOf(/\p{Nd}/u));
    case 'w':
      return isAscii ? [...DIGITS, ...LETTERS] : (unicodeWords ??= rangesOf(/[\p{L}\p{N}_]/u));
    case 's':
      return isAscii ? SPACES : UNICODE_SPACES;
    default:
      return outside(categoryRanges(category.toLowerCase() as Lowercase<Category>, isAscii));
  }
}

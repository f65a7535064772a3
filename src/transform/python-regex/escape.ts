import { refusal } from '../pattern/error.ts';
import type { Category, Place } from './node.ts';
import type { RegexReader } from './reader.ts';

/** What a backslash and the characters after it stand for. */
export type Escape =
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'category'; readonly category: Category }
  | { readonly kind: 'place'; readonly place: PlaceEscape };

type PlaceEscape = Extract<Place, 'start' | 'very-end' | 'boundary' | 'no-boundary'>;

const CONTROL = new Map(Object.entries({ a: 7, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }));
const HEX_LENGTH = new Map(Object.entries({ x: 2, u: 4, U: 8 }));
const PLACES = new Map<string, PlaceEscape>([
  ['A', 'start'],
  ['Z', 'very-end'],
  ['z', 'very-end'],
  ['b', 'boundary'],
  ['B', 'no-boundary'],
]);
const BACKSPACE = 8;
const MAX_OCTAL = 0o377;

/** Reads an escape whose backslash has been read; in brackets `\b` is a backspace and digits are octal. */
export function readEscape(reader: RegexReader, isInBrackets: boolean): Escape {
  const start = reader.at - 1;
  if (reader.isAtEnd) throw reader.error('a backslash at the end of the pattern has nothing to escape', start);
  const char = reader.next();
  if (/[0-9]/.test(char)) return { kind: 'character', code: readDigits(reader, char, isInBrackets) };
  const place = PLACES.get(char);
  if (isInBrackets && char === 'b') return { kind: 'character', code: BACKSPACE };
  if (place !== undefined && !isInBrackets) return { kind: 'place', place };
  if (/[dwsDWS]/.test(char)) return { kind: 'category', category: char as Category };
  return { kind: 'character', code: readCharacter(reader, char, start) };
}

function readCharacter(reader: RegexReader, char: string, start: number): number {
  const hexLength = HEX_LENGTH.get(char);
  if (hexLength !== undefined) return readHex(reader, char, hexLength);
  if (char === 'N')
    throw reader.error('\\N{…}, a character by its name, is not known here: write it as \\uXXXX', start);
  const code = CONTROL.get(char);
  if (code === undefined && /[A-Za-z]/.test(char))
    throw reader.error(`\\${char} is not an escape that Python knows`, start);
  return code ?? char.codePointAt(0)!;
}

function readHex(reader: RegexReader, letter: string, length: number): number {
  const start = reader.at - 2;
  const digits = reader.run(/[0-9a-fA-F]/, length);
  const code = Number.parseInt(digits, 16);
  if (digits.length < length)
    throw reader.error(`\\${letter}${digits} has fewer than ${length} hexadecimal digits`, start);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw reader.error(`\\${letter}${digits} is no character`, start);
  return code;
}

/** `\0`, `\07` and `\123` are octal; any other number outside brackets refers to a group. */
function readDigits(reader: RegexReader, first: string, isInBrackets: boolean): number {
  const start = reader.at - 2;
  let digits = first;
  if (first === '0' || (isInBrackets && /[1-7]/.test(first))) digits += reader.run(/[0-7]/, 2);
  else if (!isInBrackets) {
    digits += reader.run(/[0-9]/, 1);
    if (/^[0-7]{2}$/.test(digits) && /[0-7]/.test(reader.peek())) digits += reader.next();
    if (digits.length < 3) throw refusal(`\\${digits}`, 'a back-reference');
  }
  if (!/^[0-7]+$/.test(digits)) throw reader.error(`\\${digits} is not an escape that Python knows`, start);
  const code = Number.parseInt(digits, 8);
  if (code > MAX_OCTAL) throw reader.error(`\\${digits} is beyond \\377, the last octal escape`, start);
  return code;
}

import { RegexReader } from './python-regex/reader.ts';

/** What to put for a match: bytes as they stand, and numbers of groups; 0 is the whole match. */
export type Replacement = readonly (Buffer | number)[];

/** The groups that a replacement may name. */
export interface Groups {
  readonly groupCount: number;
  readonly names: ReadonlyMap<string, number>;
}

const ESCAPES = new Map(Object.entries({ a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }));
const MAX_OCTAL = 0o377;

/** Parses a template of Python's `re.sub`; throws a PatternError for a group that there is not or an unknown escape. */
export function parseReplacement(template: string, groups: Groups): Replacement {
  const reader = new RegexReader(template, 'replacement');
  const parts: (Buffer | number)[] = [];
  let text = '';
  while (!reader.isAtEnd) {
    const char = reader.next();
    const part = char === '\\' ? readEscape(reader, groups) : char;
    if (typeof part === 'string') text += part;
    else {
      if (text !== '') parts.push(Buffer.from(text));
      text = '';
      parts.push(part);
    }
  }
  if (text !== '') parts.push(Buffer.from(text));
  return parts;
}

/** The text that an escape stands for, or the number of the group. */
function readEscape(reader: RegexReader, groups: Groups): string | number {
  const start = reader.at - 1;
  if (reader.isAtEnd) throw reader.error('a backslash at the end has nothing to escape', start);
  if (/[0-9]/.test(reader.peek())) return readDigits(reader, groups);
  const char = reader.next();
  if (char === 'g') return readReference(reader, groups);
  const code = ESCAPES.get(char);
  if (code === undefined && /[A-Za-z]/.test(char))
    throw reader.error(`\\${char} is not an escape that Python knows`, start);
  // Python keeps the backslash before any other character.
  return code === undefined ? `\\${char}` : String.fromCharCode(code);
}

/** `\g<name>` or `\g<number>`, the `\g` having been read. */
function readReference(reader: RegexReader, groups: Groups): number {
  const start = reader.at - 2;
  const name = reader.take('<') ? reader.until('>') : undefined;
  if (name === undefined || name === '') throw reader.error('\\g is not followed by a group in angle brackets', start);
  const index = /^[0-9]+$/.test(name) ? Number(name) : groups.names.get(name);
  if (index === undefined) throw reader.error(`the pattern has no group named ${JSON.stringify(name)}`, start);
  return checked(reader, { index, groups, start });
}

/** `\0`, `\07` and `\123` are octal; any other number is that of a group. */
function readDigits(reader: RegexReader, groups: Groups): string | number {
  const start = reader.at - 1;
  const isOctal = reader.peek() === '0' || /^[1-7][0-7]{2}$/.test(reader.ahead(3));
  if (!isOctal) return checked(reader, { index: Number(reader.run(/[0-9]/, 2)), groups, start });
  const digits = reader.run(/[0-7]/, 3);
  const code = Number.parseInt(digits, 8);
  if (code > MAX_OCTAL) throw reader.error(`\\${digits} is beyond \\377, the last octal escape`, start);
  return String.fromCharCode(code);
}

function checked(
  reader: RegexReader,
  { index, groups, start }: { index: number; groups: Groups; start: number },
): number {
  if (index <= groups.groupCount) return index;
  throw reader.error(`the pattern has no group ${index}: it has ${groups.groupCount}`, start);
}

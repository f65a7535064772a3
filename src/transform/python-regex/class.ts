import type { Category, CharacterSet } from './node.ts';
import { readEscape, type Escape } from './escape.ts';
import type { RegexReader } from './reader.ts';

/** Reads a set whose `[` has been read; Python has no POSIX classes, so `[` in it is a character like others. */
export function readSet(reader: RegexReader, isAscii: boolean): CharacterSet {
  const start = reader.at - 1;
  const ranges: [number, number][] = [];
  const categories: Category[] = [];
  const isNegated = reader.take('^');
  const firstAt = reader.at;
  while (reader.at === firstAt || reader.peek() !== ']') {
    if (reader.isAtEnd) throw reader.error('the set that [ opens is not closed', start);
    const member = readMember(reader);
    if (reader.peek() === '-' && reader.peek(1) !== ']' && reader.peek(1) !== '')
      ranges.push(readRange(reader, member));
    else if (member.kind === 'category') categories.push(member.category);
    else ranges.push([codeOf(member), codeOf(member)]);
  }
  reader.next();
  return { isNegated, ranges, categories, isAscii };
}

function readMember(reader: RegexReader): Escape {
  const char = reader.next();
  if (char === '\\') return readEscape(reader, true);
  return { kind: 'character', code: char.codePointAt(0)! };
}

function readRange(reader: RegexReader, from: Escape): [number, number] {
  const start = reader.at - 1;
  reader.next();
  const to = readMember(reader);
  const range: [number, number] = [codeOf(from), codeOf(to)];
  if (!(range[0] <= range[1]))
    throw reader.error('a range in brackets does not go from a lower character to a higher one', start);
  return range;
}

/** NaN for what is no single character, so that no range can begin or end with it. */
function codeOf(member: Escape): number {
  return member.kind === 'character' ? member.code : NaN;
}

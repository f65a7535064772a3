import type { RegexReader } from './reader.ts';

/** The flags of Python's `re` that are on at a place in a pattern. */
export interface RegexFlags {
  /** Only ASCII letters, digits and spaces belong to the class escapes. */
  readonly a: boolean;
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  /** White space and comments are not part of the pattern. */
  readonly x: boolean;
}

/** What is on when a pattern begins. */
export const NO_FLAGS: RegexFlags = { a: false, i: false, m: false, s: false, x: false };

/** The flags written after `(?`, and what closed them: `)` for the whole pattern, `:` for a group. */
export interface FlagsRead {
  readonly flags: RegexFlags;
  readonly terminator: ')' | ':';
}

/** Reads flags as in `(?im)` or `(?i-s:`, behind the `(?`. */
export function readFlags(reader: RegexReader, outer: RegexFlags): FlagsRead {
  const start = reader.at;
  const on = reader.run(/[A-Za-z]/);
  const hasMinus = reader.take('-');
  const off = hasMinus ? reader.run(/[A-Za-z]/) : '';
  const terminator = reader.next();
  const isClosed = terminator === ':' || (terminator === ')' && !hasMinus);
  if (!isClosed || (on === '' && off === '') || (hasMinus && off === '')) {
    throw reader.error(
      `(?${on}${hasMinus ? '-' : ''}${off}${terminator} is no group or flag that Python knows`,
      start - 2,
    );
  }
  check(reader, { on, off, start });
  return { flags: { ...outer, ...valuesOf(on, true), ...valuesOf(off, false) }, terminator };
}

function check(reader: RegexReader, { on, off, start }: { on: string; off: string; start: number }): void {
  if (on.includes('L')) throw reader.error("the flag L (the locale's letters) is only for patterns on bytes", start);
  const unknown = /[^aimsux]/.exec(on)?.[0] ?? /[^imsx]/.exec(off)?.[0];
  if (unknown !== undefined) throw reader.error(`${unknown} is not a flag that can stand here`, start);
  if (on.includes('a') && on.includes('u')) throw reader.error('the flags a and u exclude each other', start);
  const both = Array.from(on).find((flag) => off.includes(flag));
  if (both !== undefined) throw reader.error(`the flag ${both} is turned on and off at once`, start);
}

function valuesOf(letters: string, value: boolean): Partial<RegexFlags> {
  const known = Array.from(letters).map((letter) => (letter === 'u' ? ['a', !value] : [letter, value]));
  return Object.fromEntries(known) as Partial<RegexFlags>;
}

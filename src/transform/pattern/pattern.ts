import { isUtf8 } from 'node:buffer';
import RE2 from 're2';
import { PatternError } from './error.ts';
import { gateSource } from './gate.ts';
import { patternSource } from './source.ts';
import { readStrayBytes } from './stray-bytes.ts';
import { parseRegex } from '../python-regex/python-regex.ts';
import type { Replacement } from '../replacement.ts';

/** A pattern of Python's `re`, compiled for RE2, which takes linear time whatever it meets. */
export interface Pattern {
  readonly source: string;
  readonly groupCount: number;
  readonly names: ReadonlyMap<string, number>;
  /** In RE2's syntax, a pattern that matches wherever this one does; undefined when it can match the empty text. */
  readonly gateSource: string | undefined;
  /** Finds one match after another, with the places of the groups. */
  readonly scanner: RE2;
  /** RE2's number of each group. */
  readonly groups: readonly number[];
  readonly newlines: readonly number[];
}

/** Compiles a pattern of Python's `re`; throws a PatternError that says what is wrong with it or what RE2 cannot do. */
export function compilePattern(source: string): Pattern {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const pattern = compileNew(source);
  if (compiled.size < MAX_COMPILED) compiled.set(source, pattern);
  return pattern;
}

/** The check of a config compiles what the readers use afterwards, and large sets take RE2 many milliseconds. */
const compiled = new Map<string, Pattern>();
const MAX_COMPILED = 1000;

function compileNew(source: string): Pattern {
  const regex = parseRegex(source);
  const { text, groups, newlines } = patternSource(regex);
  return {
    source,
    groupCount: regex.groupCount,
    names: regex.names,
    gateSource: gateSource(regex.root),
    scanner: compile(text, 'dgu'),
    groups,
    newlines,
  };
}

/** One pattern in place of many, which matches wherever one of them does, and sometimes where none does. */
export interface Gate {
  readonly scanner: RE2;
}

/** The gate of patterns; undefined when one of them can match the empty text, or when together they are too much for RE2. */
export function compileGate(patterns: readonly Pattern[]): Gate | undefined {
  const sources = patterns.map((pattern) => pattern.gateSource);
  if (sources.length === 0 || sources.includes(undefined)) return undefined;
  try {
    return { scanner: compile(sources.join('|'), 'gu') };
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

/** Whether a pattern or gate matches anywhere in a value, which is UTF-8. */
export function hasMatch({ scanner }: Pattern | Gate, value: Buffer): boolean {
  scanner.lastIndex = 0;
  return scanner.test(value);
}

/** Where the first match from a place on begins; -1 when there is none. */
export function matchStart({ scanner }: Gate, bytes: Buffer, from: number): number {
  scanner.lastIndex = from;
  return scanner.exec(bytes)?.index ?? -1;
}

/** The named groups that took part in the first match, as text; undefined when there is no match. The value is UTF-8. */
export function searchText(pattern: Pattern, value: Buffer): ReadonlyMap<string, string> | undefined {
  const texts = new Map<string, string>();
  if (pattern.names.size === 0) return hasMatch(pattern, value) ? texts : undefined;
  const match = matchesIn(pattern, value).next().value;
  if (match === undefined) return undefined;
  for (const [name, index] of pattern.names) {
    const place = match[index];
    if (place !== undefined) texts.set(name, value.toString('utf8', ...place));
  }
  return texts;
}

/** A value in which something was replaced, and how often. */
export interface Replaced {
  readonly value: Buffer;
  readonly count: number;
  /** It took too long: what was not looked at yet is not there any more. */
  readonly isAbandoned: boolean;
}

/**
 * To find one match takes RE2 time in proportion to the value, but there may be as many matches as bytes, each found by
 * a look at all the rest: `key.*?;|key`. Whoever can log must not be able to stop the daemon with that.
 */
const MAX_REPLACE_MS = 1000;
const ABANDONED = Buffer.from('[the rest took too long to redact and was removed]');

/** Replaces all matches, as Python's `re.sub`; undefined when nothing changes. The value may be any bytes. */
export function replaceAll(pattern: Pattern, replacement: Replacement, value: Buffer): Replaced | undefined {
  const { text, placeOf } = isUtf8(value) ? { text: value, placeOf: (at: number) => at } : readStrayBytes(value);
  const parts: Buffer[] = [];
  const deadline = performance.now() + MAX_REPLACE_MS;
  let count = 0;
  let copied = 0;
  let isAbandoned = false;
  for (const match of matchesIn(pattern, text)) {
    const [start, end] = match[0]!;
    parts.push(value.subarray(placeOf(copied), placeOf(start)));
    for (const part of replacement) {
      if (typeof part !== 'number') parts.push(part);
      else if (match[part] !== undefined) parts.push(value.subarray(placeOf(match[part][0]), placeOf(match[part][1])));
    }
    count++;
    copied = end;
    isAbandoned = performance.now() > deadline;
    if (isAbandoned) break;
  }
  if (count === 0) return undefined;
  parts.push(isAbandoned ? ABANDONED : value.subarray(placeOf(copied)));
  const replaced = Buffer.concat(parts);
  return replaced.equals(value) ? undefined : { value: replaced, count, isAbandoned };
}

type Place = readonly [start: number, end: number];

/** Where each match and its groups lie. After an empty match the search goes on one character further. */
function* matchesIn(pattern: Pattern, text: Buffer): Generator<readonly (Place | undefined)[], undefined> {
  let from = 0;
  while (from <= text.length) {
    pattern.scanner.lastIndex = from;
    const match = pattern.scanner.exec(text);
    if (match === null) return undefined;
    const groups = groupsOf(pattern, match.indices as (Place | undefined)[], text.length - 1);
    const [start, end] = groups[0]!;
    yield groups;
    from = end > start ? end : nextCharacter(text, end);
  }
  return undefined;
}

/** Python's groups among RE2's; `last` is the place of the last character. */
function groupsOf(pattern: Pattern, places: readonly (Place | undefined)[], last: number): (Place | undefined)[] {
  const hasNewline = pattern.newlines.some((group) => places[group] !== undefined);
  return pattern.groups.map((group) => {
    const place = places[group];
    return place === undefined || !hasNewline ? place : withoutNewline(place, last);
  });
}

/** Takes off the last newline, which a `$` stood before. */
function withoutNewline([start, end]: Place, newline: number): Place {
  return [Math.min(start, newline), Math.min(end, newline)];
}

function nextCharacter(text: Buffer, at: number): number {
  let next = at + 1;
  while (next < text.length && (text[next]! & 0xc0) === 0x80) next++;
  return next;
}

function compile(text: string, flags: string): RE2 {
  try {
    return new RE2(text, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PatternError(`RE2 does not take the pattern: ${error.message}`, { cause: error });
  }
}

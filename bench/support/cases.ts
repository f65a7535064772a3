import { generateEntries } from '../../test/support/entries.ts';
import type { EntrySpec } from '../../test/support/export-stream.ts';
import type { ReadBack, Value } from './read-back.ts';

/** A kind of field that shippers handle in different ways, with all values that one entry has of it. */
export interface Case {
  readonly title: string;
  readonly field: string;
  readonly values: readonly (string | Buffer)[];
}

const binary = Buffer.from('bytes \0 nul caf\xe9 \xff\xfe', 'latin1');
/** The same as journalpump writes it, which is Python's way. */
const BINARY_REPR = "b'bytes \\x00 nul caf\\xe9 \\xff\\xfe'";

/** The kinds; the entry of each has the number of its place here. */
export const CASES: readonly Case[] = [
  { title: 'UTF-8', field: 'MESSAGE', values: ['Größe, 日本語のログ, 🚀'] },
  { title: 'several lines', field: 'MESSAGE', values: ['Traceback:\n  File "x.py", line 3\n\tValueError'] },
  { title: 'binary, with NUL', field: 'MESSAGE', values: [binary] },
  { title: 'three values', field: 'TAG', values: ['a', 'b', 'c'] },
  { title: '5 kB', field: 'MESSAGE', values: [longText(5000)] },
  { title: '20 kB', field: 'MESSAGE', values: [longText(20_000)] },
  { title: '70 kB', field: 'BODY', values: [longText(70_000)] },
];

/** How many entries of the plain kind follow, the last of them for those that tell the end by the last entry. */
const PLAIN = 20;

/** An entry for each case, and plain ones after them. */
export function* entriesOfCases(): Generator<EntrySpec> {
  const plain = [...generateEntries({ count: CASES.length + PLAIN, boots: 1 })];
  for (const [n, entry] of plain.entries()) {
    const special = CASES[n];
    if (special === undefined) yield entry;
    else {
      const others = entry.fields.filter(([name]) => name !== special.field);
      yield { ...entry, fields: [...others, ...special.values.map((value) => [special.field, value] as const)] };
    }
  }
}

/** What has become of a case, in words for a table: "exact" or what is wrong. */
export function judge({ field, values }: Case, entry: ReadBack | undefined): string {
  if (entry === undefined) return 'entry lost';
  const verdict = verdictOn(entry.get(field), values);
  return entry.isValid ? verdict : `${verdict}, line is no valid UTF-8`;
}

function verdictOn(found: Value, values: readonly (string | Buffer)[]): string {
  if (found === undefined) return 'missing';
  if (found === null) return 'null';
  const [wanted] = values as [string | Buffer];
  if (values.length > 1) return verdictOnSeveral(found, values);
  if (Buffer.isBuffer(wanted)) return verdictOnBinary(found, wanted);
  if (found === wanted) return 'exact';
  if (typeof found === 'string' && wanted.startsWith(found)) return `cut after ${found.length} characters`;
  return 'altered';
}

function verdictOnSeveral(found: Value, values: readonly unknown[]): string {
  if (JSON.stringify(found) === JSON.stringify(values)) return 'exact';
  if (found === values.at(-1)) return 'last value only';
  return found === values[0] ? 'first value only' : 'altered';
}

function verdictOnBinary(found: Value, wanted: Buffer): string {
  if (Buffer.isBuffer(found)) return found.equals(wanted) ? 'exact' : 'altered';
  if (Array.isArray(found)) return Buffer.from(found as number[]).equals(wanted) ? 'exact, as numbers' : 'altered';
  if (found === BINARY_REPR) return 'exact, as Python writes bytes';
  return found === wanted.toString('latin1', 0, wanted.indexOf(0)) ? 'cut at the NUL' : 'altered';
}

function longText(length: number): string {
  return 'long '.padEnd(length, 'x');
}

import { isUtf8 } from 'node:buffer';
import type { Field } from '../export-stream.ts';
import * as python from './python.ts';
import { ID_FIELDS, INTEGER_FIELDS } from './typed-fields.ts';

/** What decides about a line; as a sender's config has it. */
export interface LineOptions {
  readonly format: 'journalpump' | 'journald';
  readonly extraFields: Readonly<Record<string, unknown>>;
  /** Names are compared without leading underscores and without regard to case. */
  readonly fieldFilter: { readonly type: 'whitelist' | 'blacklist'; readonly fields: readonly string[] } | undefined;
  readonly maxEntryBytes: number;
  /** The present time, for entries without one. */
  readonly nowUs: number;
}

type Member = readonly [key: string, json: string];

const seconds = ['__REALTIME_TIMESTAMP', '_SOURCE_REALTIME_TIMESTAMP', 'COREDUMP_TIMESTAMP'];
const nulls = ['__MONOTONIC_TIMESTAMP', '_SOURCE_MONOTONIC_TIMESTAMP'];
const leftOut = ['__CURSOR', '__SEQNUM', '__SEQNUM_ID'];

/**
 * The line that an entry must become in a format, newline included: slow, obvious, without a look at src/transform.
 * Keys stand in the order of their first appearance; then the timestamp; then the extra fields, which replace whatever
 * has their name.
 */
export function referenceLine(fields: readonly Field[], options: LineOptions): Buffer {
  const [comma, colon] = options.format === 'journalpump' ? [', ', ': '] : [',', ':'];
  const members = membersOf(fields, options);
  const text = `{${members.map(([key, value]) => `${json(key, options)}${colon}${value}`).join(comma)}}`;
  const size = Buffer.byteLength(text);
  return Buffer.from(`${size > options.maxEntryBytes ? referenceStub(fields, text, options) : text}\n`);
}

/** What stands for an entry whose JSON is too large, of which `size` tells the bytes and `text` the beginning. */
export function referenceStub(
  fields: readonly Field[],
  text: string,
  options: LineOptions,
  size = Buffer.byteLength(text),
): string {
  return json(
    {
      error: `too large message ${size} bytes vs maximum ${options.maxEntryBytes} bytes`,
      partial_data: firstKibibyte(text),
      timestamp: timestampOf(fields, options),
      __CURSOR: textOf(fields, '__CURSOR') ?? '',
    },
    options,
  );
}

function membersOf(fields: readonly Field[], options: LineOptions): Member[] {
  const isJournalpump = options.format === 'journalpump';
  const keyOf = (name: string) => (isJournalpump ? name.replace(/^_*/, '') : name);
  const extras = Object.entries(options.extraFields);
  const overridden = extras.map(([key]) => key);
  const shown = fields.filter(
    ([name]) => !(isJournalpump && leftOut.includes(name)) && !overridden.includes(keyOf(name)),
  );
  const keys = [...new Set(shown.map(([name]) => keyOf(name)))];
  const members = keys.map((key): Member => {
    const rivals = shown.filter(([name]) => keyOf(name) === key);
    const trusted = rivals.map(([name]) => name).sort((a, b) => b.length - a.length)[0]!;
    const values = rivals.filter(([name]) => name === trusted).map((field) => jsonValue(field, options));
    return [key, values.length === 1 ? values[0]! : `[${values.join(isJournalpump ? ', ' : ',')}]`];
  });
  if (isJournalpump && !overridden.includes('timestamp')) {
    members.push(['timestamp', json(timestampOf(fields, options), options)]);
  }
  const all = [...members, ...extras.map(([key, value]): Member => [key, json(value, options)])];
  return all.filter(([key]) => passesFilter(key, options));
}

function passesFilter(key: string, { fieldFilter }: LineOptions): boolean {
  if (fieldFilter === undefined) return true;
  const same = (name: string) => name.replace(/^_*/, '').toLowerCase();
  return fieldFilter.fields.some((name) => same(name) === same(key)) === (fieldFilter.type === 'whitelist');
}

function jsonValue([name, value]: Field, { format }: LineOptions): string {
  if (format === 'journald') return isUtf8(value) ? jsonOf(value.toString()) : `[${[...value].join(',')}]`;
  if (nulls.includes(name)) return 'null';
  if (INTEGER_FIELDS.includes(name)) {
    const integer = python.int(value);
    if (integer !== undefined) return integer.toString();
  }
  if (ID_FIELDS.includes(name)) {
    const uuid = python.uuid(value);
    if (uuid !== undefined) return `"${uuid}"`;
  }
  if (seconds.includes(name)) {
    const us = python.int(value);
    // A time beyond all floats is OverflowError in Python, which loses the entry there.
    if (us !== undefined && Number.isFinite(Number(us))) return python.floatRepr(Number(us) / 1e6);
  }
  return python.jsonText(isUtf8(value) ? value.toString() : python.bytesRepr(value));
}

/** ISO text of the entry's time, naive UTC, with µs unless they are 0; 1970 when it is past the year 9999. */
function timestampOf(fields: readonly Field[], { nowUs }: LineOptions): string {
  const digits = textOf(fields, '__REALTIME_TIMESTAMP') ?? '';
  const us = (/^[0-9]{1,20}$/.test(digits) && BigInt(digits)) || BigInt(nowUs);
  const [second, fraction] = [us / 1_000_000n, us % 1_000_000n];
  const date = second < 253_402_300_800n ? new Date(Number(second) * 1000) : new Date(0);
  return date.toISOString().replace('.000Z', '') + (fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`);
}

function textOf(fields: readonly Field[], wanted: string): string | undefined {
  return fields.find(([name]) => name === wanted)?.[1].toString('latin1');
}

/** As many whole characters as 1024 bytes hold. */
function firstKibibyte(text: string): string {
  let kept = '';
  let size = 0;
  for (const char of text) {
    size += Buffer.byteLength(char);
    if (size > 1024) break;
    kept += char;
  }
  return kept;
}

function json(value: unknown, { format }: LineOptions): string {
  return format === 'journalpump' ? python.json(value) : jsonOf(value);
}

/** JSON with every control character escaped, also DEL. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value).split('\x7f').join('\\u007f');
}

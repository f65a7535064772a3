import type { Field } from '../support/export-stream.ts';

// What an entry must look like, written from the description of journalpump alone and not from our encoder: slow and
// plain. A number stands here as `#` and its digits, so that none is lost.

const INTEGERS = /^(PRIORITY|CODE_LINE|_PID|_GID|_AUDIT_ID|_AUDIT_LOGINUID|_AUDIT_SESSION|_AUDIT_TYPE)$/;
const IDS = /^(MESSAGE_ID|_BOOT_ID|_MACHINE_ID)$/;
const TIMES = /^(__REALTIME_TIMESTAMP|_SOURCE_REALTIME_TIMESTAMP|COREDUMP_TIMESTAMP)$/;
const NULLS = /^(__MONOTONIC_TIMESTAMP|_SOURCE_MONOTONIC_TIMESTAMP)$/;

type Json = string | null | Json[];

/** The entry in the format `journalpump`, without its cursor. */
export function expectJournalpump(fields: readonly Field[]): Record<string, Json> {
  const names = [...new Set(fields.map(([name]) => name))].filter((name) => name !== '__CURSOR');
  // of names that differ by underscores only, the one with most of them comes last and wins
  names.sort((a, b) => underscoresOf(a) - underscoresOf(b));
  const entry: Record<string, Json> = {};
  for (const name of names) {
    const values = fields.filter(([each]) => each === name).map(([, value]) => convert(name, value));
    entry[name.slice(underscoresOf(name))] = values.length === 1 ? values[0]! : values;
  }
  const realtime = fields.find(([name]) => name === '__REALTIME_TIMESTAMP')![1].toString();
  entry['timestamp'] = isoOf(BigInt(realtime));
  return entry;
}

/** The entry in the format `journald`. */
export function expectJournald(fields: readonly Field[]): Record<string, Json> {
  const entry: Record<string, Json> = {};
  for (const name of new Set(fields.map(([each]) => each))) {
    const values = fields
      .filter(([each]) => each === name)
      .map(([, value]) => textOf(value) ?? [...value].map((byte) => `#${byte}`));
    entry[name] = values.length === 1 ? values[0]! : values;
  }
  return entry;
}

/** JSON as text has it: every number as `#` and its digits. */
export function parseExactly(json: string): unknown {
  const exactly = (_key: string, value: unknown, { source }: { source: string }): unknown =>
    typeof value === 'number' ? `#${source}` : value;
  // the third argument is newer than TypeScript's library for it
  return JSON.parse(json, exactly as unknown as Parameters<typeof JSON.parse>[1]);
}

function underscoresOf(name: string): number {
  let count = 0;
  while (name[count] === '_') count++;
  return count;
}

function convert(name: string, value: Buffer): Json {
  if (NULLS.test(name)) return null;
  const text = textOf(value);
  if (text === undefined) return reprOf(value);
  if (INTEGERS.test(name)) return integerOf(text) ?? text;
  if (IDS.test(name)) return idOf(text) ?? text;
  if (TIMES.test(name)) return secondsOf(text) ?? text;
  return text;
}

function textOf(value: Buffer): string | undefined {
  const text = value.toString('utf8');
  return Buffer.from(text).equals(value) ? text : undefined;
}

/** Python's `int(text)`. */
function integerOf(text: string): string | undefined {
  const digits = text.trim().replace(/(?<=\d)_(?=\d)/g, '');
  if (!/^[+-]?\d+$/.test(digits)) return undefined;
  return `#${BigInt(digits.replace('+', ''))}`;
}

function idOf(text: string): string | undefined {
  if (!/^[0-9a-f]{32}$/i.test(text)) return undefined;
  const hex = text.toLowerCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Python's `repr(int(text) / 1000000)`. */
function secondsOf(text: string): string | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const seconds = Number(text) / 1e6;
  if (seconds !== 0 && seconds < 1e-4) return `#${seconds.toExponential().replace(/e-(\d)$/, 'e-0$1')}`;
  return Number.isInteger(seconds) ? `#${seconds}.0` : `#${seconds}`;
}

/** Python's `repr(bytes)`. */
function reprOf(value: Buffer): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const shown = [...value].map((byte) => {
    const char = String.fromCharCode(byte);
    if (char === '\\' || char === quote) return `\\${char}`;
    if (char === '\t') return '\\t';
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    return byte < 32 || byte > 126 ? `\\x${byte.toString(16).padStart(2, '0')}` : char;
  });
  return `b${quote}${shown.join('')}${quote}`;
}

function isoOf(us: bigint): string {
  const seconds = new Date(Number(us / 1_000_000n) * 1000).toISOString().slice(0, 19);
  const fraction = us % 1_000_000n;
  return fraction === 0n ? seconds : `${seconds}.${String(fraction).padStart(6, '0')}`;
}

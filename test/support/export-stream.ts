import { createHash } from 'node:crypto';

/** A field as it stands in the journal: its name and the exact bytes of its value. */
export type Field = readonly [name: string, value: Buffer];

/** An entry to be put into a journal; a string value stands for its UTF-8 bytes. */
export interface EntrySpec {
  readonly realtimeUs: bigint | number;
  readonly monotonicUs: bigint | number;
  readonly bootId: string;
  readonly fields: readonly (readonly [name: string, value: Buffer | string])[];
}

const plainAscii = /^[\t\x20-\x7e]*$/;
// What systemd's utf8_is_printable() refuses: control characters but tab, and code points that are no characters.
// eslint-disable-next-line no-control-regex
const unprintable = /[\0-\x08\n-\x1f\x7f-\x9f\p{NChar}]/u;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The entry in journald's export format, each value in the form that journald would choose. */
export function encodeExport(entry: EntrySpec): Buffer {
  const { realtimeUs, monotonicUs, bootId, fields } = entry;
  let text = `__REALTIME_TIMESTAMP=${realtimeUs}\n__MONOTONIC_TIMESTAMP=${monotonicUs}\n_BOOT_ID=${bootId}\n`;
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    const printable = printableText(value);
    if (printable !== undefined) {
      text += `${name}=${printable}\n`;
      continue;
    }
    const bytes = Buffer.from(value as string);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    parts.push(Buffer.from(`${text}${name}\n`), length, bytes);
    text = '\n';
  }
  const last = Buffer.from(text + '\n');
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}

/** A whole export text of the entries, with a cursor in front of each as journalctl writes it. */
export function exportText(entries: Iterable<EntrySpec>): Buffer {
  const parts: Buffer[] = [];
  let number = 0;
  for (const entry of entries) parts.push(Buffer.from(`__CURSOR=${cursorOf(entry, ++number)}\n`), encodeExport(entry));
  return Buffer.concat(parts);
}

/** A cursor for the entry as the number-th (from 1) of its journal. */
export function cursorOf({ bootId, monotonicUs, realtimeUs }: EntrySpec, number: number): string {
  const [monotonic, realtime] = [monotonicUs, realtimeUs].map((time) => time.toString(16));
  const hash = createHash('md5').update(`${number} ${realtime}`).digest('hex').slice(0, 16);
  return `s=0123456789abcdef0123456789abcdef;i=${number.toString(16)};b=${bootId};m=${monotonic};t=${realtime};x=${hash}`;
}

/** A record of an export text: its fields, and the bytes that it takes with its closing empty line. */
export interface ExportRecord {
  readonly fields: Field[];
  readonly bytes: Buffer;
}

/** The entries of a text in export format, see `parseRecords`. */
export function parseExport(text: Buffer): Field[][] {
  return parseRecords(text).map(({ fields }) => fields);
}

/**
 * The records of a text in export format. Slow, obvious and strict on purpose: the oracle for the fast decoder.
 * Throws at anything that journalctl would not write, also at an entry without its closing empty line.
 */
export function parseRecords(text: Buffer): ExportRecord[] {
  const records: ExportRecord[] = [];
  let fields: Field[] = [];
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf(0x0a, at);
    if (newline < 0) throw new Error(`byte ${at}: a line without its end`);
    const line = text.subarray(at, newline);
    at = newline + 1;
    if (line.length === 0) {
      if (fields.length > 0) records.push({ fields, bytes: text.subarray(start, at) });
      fields = [];
      start = at;
    } else if (line.includes(0x3d)) {
      const equals = line.indexOf(0x3d);
      fields.push([line.toString('latin1', 0, equals), line.subarray(equals + 1)]);
    } else {
      const end = at + 8 + Number(text.readBigUInt64LE(at));
      if (text[end] !== 0x0a) throw new Error(`byte ${end}: no newline after a binary value`);
      fields.push([line.toString('latin1'), text.subarray(at + 8, end)]);
      at = end + 1;
    }
  }
  if (fields.length > 0) throw new Error('the last entry is not complete');
  return records;
}

/** All fields that journalctl must show for an entry, except those that the journal itself adds. */
export function expectedFields({ realtimeUs, monotonicUs, bootId, fields }: EntrySpec): Field[] {
  return [
    ['__REALTIME_TIMESTAMP', Buffer.from(String(realtimeUs))],
    ['__MONOTONIC_TIMESTAMP', Buffer.from(String(monotonicUs))],
    ['_BOOT_ID', Buffer.from(bootId)],
    ...fields.map(([name, value]): Field => [name, Buffer.from(value as string)]),
  ];
}

/**
 * Fields as sorted text for `deepEqual`, bytes one to one: the journal keeps no order of fields.
 * The journal's own additions (`__CURSOR`, `__SEQNUM`, `__SEQNUM_ID`) are left out.
 */
export function comparable(fields: readonly Field[]): string[] {
  return fields
    .filter(([name]) => name !== '__CURSOR' && !name.startsWith('__SEQNUM'))
    .map(([name, value]) => `${name}=${value.toString('latin1')}`)
    .sort();
}

/** The first value of a field as text, or undefined if the entry has no such field. */
export function valueOf(fields: readonly Field[], name: string): string | undefined {
  return fields.find(([each]) => each === name)?.[1].toString();
}

function printableText(value: Buffer | string): string | undefined {
  const text = typeof value === 'string' ? value : decode(value);
  if (text === undefined || plainAscii.test(text)) return text;
  return unprintable.test(text) ? undefined : text;
}

function decode(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // not UTF-8
  }
}

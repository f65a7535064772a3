import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseExport, type Field } from '../../test/support/export-stream.ts';
import type { Output } from '../shippers/shipper.ts';

/** A field as an output has it: text, bytes, several values; null and undefined as in JSON. */
export type Value = string | Buffer | readonly unknown[] | null | undefined;

/** An entry as an output has it. */
export interface ReadBack {
  /** Whether it is valid UTF-8, where it should be. */
  readonly isValid: boolean;
  get(field: string): Value;
}

/** All entries of an output by their numbers. */
export async function entriesIn({ kind, path }: Output): Promise<Map<number, ReadBack>> {
  const entries = kind === 'lines' ? await linesOf(path) : await recordsOf(kind, path);
  return new Map(entries.map((entry) => [Number(entry.get('SEQ')), entry]));
}

async function linesOf(path: string): Promise<ReadBack[]> {
  const bytes = await readFile(path);
  const entries: ReadBack[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    entries.push(lineEntry(bytes.subarray(start, end < 0 ? bytes.length : end)));
    start = end < 0 ? bytes.length : end + 1;
  }
  return entries;
}

function lineEntry(line: Buffer): ReadBack {
  const text = line.toString();
  const parsed = JSON.parse(text) as Record<string, Value> & { _journal?: Record<string, Value> };
  const fields = parsed._journal ?? parsed; // syslog-ng's names are one level down
  return { isValid: Buffer.from(text).equals(line), get: (field) => fields[field] };
}

async function recordsOf(kind: 'export' | 'journal', path: string): Promise<ReadBack[]> {
  const bytes = kind === 'export' ? await readFile(path) : await exportOf(path);
  return parseExport(bytes).map((fields) => ({ isValid: true, get: (field) => valueOf(fields, field) }));
}

async function exportOf(directory: string): Promise<Buffer> {
  const line = ['-D', directory, '--quiet', '-o', 'export'];
  const { stdout } = await promisify(execFile)('journalctl', line, { encoding: 'buffer', maxBuffer: 1 << 30 });
  return stdout;
}

function valueOf(fields: readonly Field[], name: string): Value {
  const values = fields.filter(([each]) => each === name).map(([, value]) => textOrBytes(value));
  return values.length > 1 ? values : values[0];
}

function textOrBytes(value: Buffer): string | Buffer {
  const text = value.toString();
  return Buffer.from(text).equals(value) ? text : value;
}

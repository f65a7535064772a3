import { isUtf8 } from 'node:buffer';
import type { Block } from '../journal/block.ts';
import { KIND, type Format } from './format.ts';
import { reprOf, reprQuote } from './python.ts';
import { convertedText, valueText } from './value.ts';

/** JSON of an entry: its size in bytes, and its text as far as it is needed. */
export interface ExactEntry {
  /** The whole JSON when it is within the limit; otherwise at least its first 1024 bytes. */
  readonly head: Buffer;
  readonly size: number;
}

export interface ExactOptions {
  readonly format: Format;
  /** Keys and JSON texts to add after the entry's own fields. */
  readonly members: readonly (readonly [string, string])[];
  /** The JSON is measured but not kept beyond this many bytes. */
  readonly limit: number;
  isLeftOut(nameId: number): boolean;
}

/** Long values are encoded in pieces of this many bytes, so that a huge one is never in memory a second time. */
const PIECE_BYTES = 64 * 1024;
const HEAD_BYTES = 1024;

/**
 * The exact way: repeated fields become arrays, of two names that clash the trusted one is kept, huge values are
 * measured piece by piece. Slow and plain; the fast way must give the same wherever it applies.
 */
export function encodeExactly(block: Block, i: number, options: ExactOptions): ExactEntry {
  const { format } = options;
  const sink = new Sink(options.limit);
  let comma = '';
  sink.add('{');
  for (const [key, fields] of groupFields(block, i, options)) {
    sink.add(comma + JSON.stringify(key) + format.colon);
    addValues(sink, block, fields, format);
    comma = format.comma;
  }
  for (const [key, json] of options.members) {
    sink.add(comma + format.json(key) + format.colon + json);
    comma = format.comma;
  }
  sink.add('}');
  return sink.result();
}

/** The fields that make up each key's value, in the order of the keys' first appearance. */
function groupFields(block: Block, i: number, options: ExactOptions): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  const end = block.firstField[i + 1]!;
  for (let f = block.firstField[i]!; f < end; f++) {
    const id = block.name[f]!;
    if (options.isLeftOut(id)) continue;
    const key = options.format.keyOf(block.names, id);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [f]);
    else if (block.name[group[0]!] === id) group.push(f);
    else if (block.names.trust(id) > block.names.trust(block.name[group[0]!]!)) groups.set(key, [f]);
  }
  return groups;
}

function addValues(sink: Sink, block: Block, fields: number[], format: Format): void {
  if (fields.length > 1) sink.add('[');
  fields.forEach((f, n) => {
    if (n > 0) sink.add(format.comma);
    addValue(sink, format, format.kindOf(block.names.text(block.name[f]!)), block.value(f));
  });
  if (fields.length > 1) sink.add(']');
}

function addValue(sink: Sink, format: Format, kind: number, value: Buffer): void {
  const short = value.length > PIECE_BYTES ? convertedText(kind, value) : valueText(format, kind, value);
  if (short !== undefined) sink.add(short);
  else if (isUtf8(value)) addText(sink, format, value);
  else addBinary(sink, format, value);
}

/** A long text in pieces, cut between characters. */
function addText(sink: Sink, format: Format, value: Buffer): void {
  sink.add('"');
  for (let start = 0; start < value.length;) {
    let end = Math.min(start + PIECE_BYTES, value.length);
    while (end < value.length && (value[end]! & 0xc0) === 0x80) end--;
    sink.add(valueText(format, KIND.TEXT, value.subarray(start, end)).slice(1, -1));
    start = end;
  }
  sink.add('"');
}

/** Long bytes that are no UTF-8, in pieces. */
function addBinary(sink: Sink, format: Format, value: Buffer): void {
  const isArray = format.binary === 'array';
  const quote = reprQuote(value);
  sink.add(isArray ? '[' : format.json(`b${quote}`).slice(0, -1));
  for (let start = 0; start < value.length; start += PIECE_BYTES) {
    const piece = value.subarray(start, start + PIECE_BYTES);
    if (isArray) sink.add((start === 0 ? '' : ',') + piece.join(','));
    else sink.add(format.json(reprOf(piece, quote)).slice(1, -1));
  }
  sink.add(isArray ? ']' : format.json(quote).slice(1));
}

/** Collects text up to a limit and counts what comes after it. */
class Sink {
  private readonly limit: number;
  private readonly parts: Buffer[] = [];
  private kept = 0;
  private size = 0;

  constructor(limit: number) {
    this.limit = Math.max(limit, HEAD_BYTES);
  }

  add(text: string): void {
    const bytes = Buffer.from(text);
    this.size += bytes.length;
    if (this.kept > this.limit) return;
    this.parts.push(bytes);
    this.kept += bytes.length;
  }

  result(): ExactEntry {
    return { head: Buffer.concat(this.parts), size: this.size };
  }
}

import { CARE, type Block } from '../journal/block.ts';
import { MAX_FIELD_NAMES, NAME, type FieldNames } from '../journal/field-names.ts';
import { copyWords, type ByteWriter } from './byte-writer.ts';

/** Beyond this a value is no key, index or topic any more; of a longer one the head has the beginning. */
const MAX_VALUE_BYTES = 4096;
/** Of a time in µs: until the year 2255 it is exact as a number of JavaScript. */
const EXACT_DIGITS = 16;
const OPENING = 0x5b;
const CLOSING = 0x5d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const NOT_LOOKED_UP = 0;
const UNWANTED = 0xffff;

/**
 * What a sender asks to be told of each entry besides its payload, as a line of JSON before it: `[cursor, realtimeUs,
 * value or null of each field]`. Fields are named without leading underscores; trusted ones win, extra fields before all.
 */
export class HeadWriter {
  private readonly keys: readonly string[];
  /** JSON of the values that extra fields give, the same for every entry. */
  private readonly fixed: readonly (string | undefined)[];
  private readonly found: Int32Array;
  private readonly slots = new Uint16Array(MAX_FIELD_NAMES);
  private names: FieldNames | undefined;

  constructor(fields: readonly string[], extraFields: Readonly<Record<string, unknown>>) {
    this.keys = fields.map((field) => field.replace(/^_+/, ''));
    this.fixed = this.keys.map((key) => fixedValue(extraFields, key));
    this.found = new Int32Array(fields.length);
  }

  /** Appends the head of entry i, its newline included. */
  write(block: Block, i: number, out: ByteWriter): void {
    writeCursor(block, i, out);
    writeTime(block, i, out);
    if (this.keys.length > 0) out.write(this.valuesOf(block, i));
    out.ensure(2);
    out.bytes[out.length++] = CLOSING;
    out.bytes[out.length++] = NEWLINE;
  }

  private valuesOf(block: Block, i: number): string {
    this.lookUp(block, i);
    const { found, fixed } = this;
    let values = '';
    for (let slot = 0; slot < found.length; slot++) {
      values += ',';
      values += fixed[slot] ?? (found[slot]! < 0 ? 'null' : valueOf(block, found[slot]!));
    }
    return values;
  }

  /** Finds the field of each key: the first of the most trusted name. */
  private lookUp(block: Block, i: number): void {
    if (block.names !== this.names) this.forget(block.names);
    const { found, slots } = this;
    const { name } = block;
    const end = block.firstField[i + 1]!;
    found.fill(-1);
    for (let f = block.firstField[i]! + 1; f < end; f++) {
      const id = name[f]!;
      const slot = slots[id] === NOT_LOOKED_UP ? this.learn(id) : slots[id]!;
      if (slot === UNWANTED) continue;
      const other = found[slot - 1]!;
      if (other < 0 || block.names.trust(id) > block.names.trust(name[other]!)) found[slot - 1] = f;
    }
  }

  private learn(id: number): number {
    const index = this.keys.indexOf(this.names!.key(id));
    return (this.slots[id] = index < 0 ? UNWANTED : index + 1);
  }

  private forget(names: FieldNames): void {
    this.names = names;
    this.slots.fill(NOT_LOOKED_UP);
    this.slots[NAME.CURSOR] = UNWANTED;
  }
}

/** By bytes, as the text that there is in each entry: `["cursor",`. */
function writeCursor(block: Block, i: number, out: ByteWriter): void {
  const f = block.firstField[i]!;
  const start = block.start[f]!;
  const end = block.end[f]!;
  out.ensure(end - start + 4);
  out.bytes[out.length++] = OPENING;
  out.bytes[out.length++] = QUOTE;
  out.length = copyWords(block.view, start, end, out.view, out.length);
  out.bytes[out.length++] = QUOTE;
  out.bytes[out.length++] = COMMA;
}

/** As journald writes it, where that is a number of JSON that is exact as one. */
function writeTime(block: Block, i: number, out: ByteWriter): void {
  const f = block.find(i, NAME.REALTIME);
  const start = f < 0 ? 0 : block.start[f]!;
  const end = f < 0 ? 0 : block.end[f]!;
  if (!isExact(block.bytes, start, end)) {
    out.write(String(block.realtimeUs(i)));
    return;
  }
  out.ensure(end - start);
  out.length = copyWords(block.view, start, end, out.view, out.length);
}

function isExact(bytes: Buffer, start: number, end: number): boolean {
  if (end === start || end - start > EXACT_DIGITS || bytes[start] === ZERO) return false;
  for (let at = start; at < end; at++) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false;
  return true;
}

function fixedValue(extraFields: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(extraFields, key) ? extraFields[key] : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? JSON.stringify(String(value))
    : undefined;
}

function valueOf(block: Block, f: number): string {
  const start = block.start[f]!;
  const end = Math.min(block.end[f]!, start + MAX_VALUE_BYTES);
  if (block.care[f] === CARE.NONE) return `"${block.bytes.toString('latin1', start, end)}"`;
  return JSON.stringify(block.bytes.toString('utf8', start, end));
}

import { CARE, type Block } from '../journal/block.ts';
import { MAX_FIELD_NAMES, NAME, type FieldNames } from '../journal/field-names.ts';
import type { ByteWriter } from './byte-writer.ts';

/** Beyond this a value is no key, index or topic any more; of a longer one the head has the beginning. */
const MAX_VALUE_BYTES = 4096;
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
    if (this.keys.length > 0) this.lookUp(block, i);
    const { found, fixed } = this;
    let line = `["${block.cursor(i)}",${block.realtimeUs(i)}`;
    for (let slot = 0; slot < found.length; slot++) {
      line += ',';
      line += fixed[slot] ?? (found[slot]! < 0 ? 'null' : valueOf(block, found[slot]!));
    }
    out.write(`${line}]\n`);
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

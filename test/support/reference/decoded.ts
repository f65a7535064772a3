import type { Block } from '../../../src/journal/block.ts';
import type { Decoder } from '../../../src/journal/decode.ts';
import type { Field } from '../export-stream.ts';

/** An entry of a Block, copied out of it. */
export interface DecodedEntry {
  readonly fields: Field[];
  readonly cares: number[];
  readonly flags: number;
  readonly rawBytes: number;
}

/** Entry i of a Block, copied. */
export function copyEntry(block: Block, i: number): DecodedEntry {
  const [from, to] = [block.firstField[i]!, block.firstField[i + 1]!];
  const all = Array.from({ length: to - from }, (_, n) => from + n);
  return {
    fields: all.map((f) => [block.names.text(block.name[f]!), Buffer.from(block.value(f))]),
    cares: all.map((f) => block.care[f]!),
    flags: block.flags[i]!,
    rawBytes: block.rawBytes[i]!,
  };
}

/** Everything that a decoder makes of these pieces, taken at most `maxEntries` at a time. */
export function decodeAll(decoder: Decoder, pieces: Iterable<Buffer>, maxEntries = Infinity): DecodedEntry[] {
  const entries: DecodedEntry[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (;;) {
      const block = decoder.decode(maxEntries);
      if (block.count === 0) break;
      for (let i = 0; i < block.count; i++) entries.push(copyEntry(block, i));
    }
  }
  return entries;
}

/** Fields as text, bytes one to one, in their order. */
export function plainly(fields: readonly Field[]): string[] {
  return fields.map(([name, value]) => `${name}=${value.toString('latin1')}`);
}

import type { Block } from '../journal/block.ts';
import { createEcsLine } from './ecs.ts';
import type { EncoderOptions } from './encode.ts';
import type { FieldFilter } from './field-filter.ts';
import type { LineFormatName } from './format.ts';
import { createTemplateLine, createTextLine } from './text-line.ts';

/** An entry as a line without its newline. */
type Line = (block: Block, i: number) => string;

/** A format whose lines are made from an entry's fields as text: slower than JSON field by field, and free in shape. */
export interface LineFormat {
  readonly line: Line;
  /** What stands for an entry that is too large: the beginning of its line, and how many bytes it has. */
  stub(block: Block, i: number, line: string, size: number): string;
}

/** Makes the lines of a format. */
export function createLineFormat(name: LineFormatName, options: EncoderOptions, filter: FieldFilter): LineFormat {
  if (name === 'ecs') return createEcsLine(options, filter);
  if (name === 'text') return createTextLine(options, filter);
  return createTemplateLine(options, filter);
}

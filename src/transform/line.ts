import type { Block } from '../journal/block.ts';

/** An entry as a line without its newline. */
type Line = (block: Block, i: number) => string;

/** A format whose lines are made from an entry's fields as text: slower than JSON field by field, and free in shape. */
export interface LineFormat {
  readonly line: Line;
  /** What stands for an entry that is too large: the beginning of its line, and how many bytes it has. */
  stub(block: Block, i: number, line: string, size: number): string;
}

import type { Block } from '../journal/block.ts';
import { MAX_FIELD_NAMES, type FieldNames } from '../journal/field-names.ts';
import { FORMATS, KIND } from './format.ts';
import { pythonInt } from './python.ts';
import { convertedText } from './value.ts';

/**
 * Which values are redacted: text, in the fields that are wanted (compared without leading underscores and in any case;
 * all when none are named). What the journalpump format turns into something else is no text in any format.
 */
export class RedactFields {
  private readonly wanted: ReadonlySet<string> | undefined;
  private names: FieldNames | undefined;
  /** The kind of each field by number; LEAVE_OUT for what is not redacted, 0 for what was not looked up yet. */
  private readonly kinds = new Uint8Array(MAX_FIELD_NAMES);

  constructor(fields?: readonly string[]) {
    this.wanted = fields === undefined ? undefined : new Set(fields.map(keyOf));
  }

  /** Whether values of field f may be redacted, as far as its name tells. */
  has(block: Block, f: number): boolean {
    if (block.names !== this.names) this.forget(block.names);
    const id = block.name[f]!;
    if (this.kinds[id] === 0) this.kinds[id] = this.kindOf(block.names.text(id));
    return this.kinds[id] !== KIND.LEAVE_OUT;
  }

  /** Whether the value of a field that `has` is true of becomes a number, a uuid, a time or null. */
  isConverted(block: Block, f: number): boolean {
    const kind = this.kinds[block.name[f]!]!;
    if (kind === KIND.NULL) return pythonInt(block.text(f)) !== undefined;
    return convertedText(kind, block.value(f)) !== undefined;
  }

  private kindOf(name: string): number {
    const isWanted = this.wanted === undefined || this.wanted.has(keyOf(name));
    return isWanted ? FORMATS.journalpump.kindOf(name) : KIND.LEAVE_OUT;
  }

  private forget(names: FieldNames): void {
    this.names = names;
    this.kinds.fill(0);
  }
}

function keyOf(name: string): string {
  return name.replace(/^_+/, '').toLowerCase();
}

import type { Block } from './block.ts';
import { parseCursor } from './cursor.ts';

/** Entries are missing between two that came one after the other. */
export interface Hole {
  readonly before: string;
  readonly after: string;
}

/** Journals of several machines or namespaces come mixed; more sequences than this are not looked after. */
const MAX_SEQUENCES = 64;

/**
 * Tells by the sequence numbers in cursors, which journald counts without a gap, whether entries are missing between
 * those that come. Only for a selection without matches: what a match leaves out looks missing, too.
 */
export class Continuity {
  private readonly last = new Map<string, { number: bigint; cursor: string }>();

  /** Notes the entries from index `from` on; the holes before and between them if they are `wanted`. */
  note(block: Block, from: number, areWanted: boolean): Hole[] {
    if (!areWanted || this.isContiguous(block, from)) {
      this.remember(block.cursor(block.count - 1));
      return [];
    }
    const holes: Hole[] = [];
    for (let i = from; i < block.count; i++) {
      const before = this.remember(block.cursor(i));
      if (before !== undefined) holes.push({ before, after: block.cursor(i) });
    }
    return holes;
  }

  /** Reading begins at another place: what is missing there is seen otherwise. */
  forget(): void {
    this.last.clear();
  }

  // Nearly every Block is: its ends and its number of entries tell, without a look at what lies between.
  private isContiguous(block: Block, from: number): boolean {
    const first = parseCursor(block.cursor(from));
    const last = parseCursor(block.cursor(block.count - 1));
    if (first === undefined || first.sequence !== last?.sequence) return false;
    const isWhole = last.number - first.number === BigInt(block.count - 1 - from);
    const before = this.last.get(first.sequence);
    return isWhole && (before === undefined || first.number === before.number + 1n);
  }

  /** The cursor that came before in the sequence, if numbers are missing in between. */
  private remember(cursor: string): string | undefined {
    const parts = parseCursor(cursor);
    if (parts === undefined) return undefined;
    const before = this.last.get(parts.sequence);
    if (before === undefined && this.last.size >= MAX_SEQUENCES) this.last.clear();
    this.last.set(parts.sequence, { number: parts.number, cursor });
    return before !== undefined && parts.number > before.number + 1n ? before.cursor : undefined;
  }
}

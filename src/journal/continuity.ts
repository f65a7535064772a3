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
  private readonly last = new Map<string, Seen>();

  /**
   * Notes the entries from index `from` on, and gives the holes before and between them. Where sequences come mixed, as
   * from several machines, it looks at each entry only if `isSuspect`: that takes time.
   */
  note(block: Block, from: number, isSuspect: boolean): Hole[] {
    const first = seenAt(block, from);
    const last = seenAt(block, block.count - 1);
    if (first === undefined || last === undefined) return [];
    const holes: Hole[] = [];
    const isOneSequence = first.sequence === last.sequence && this.search(block, { from, first }, last, holes);
    if (isOneSequence) {
      const before = holeBetween(this.last.get(first.sequence), first);
      this.remember(last);
      return before === undefined ? holes : [before, ...holes];
    }
    if (isSuspect) return this.walk(block, from);
    this.last.clear();
    this.remember(last);
    return [];
  }

  /** Reading begins at another place: what is missing there is seen otherwise. */
  forget(): void {
    this.last.clear();
  }

  /**
   * Finds the holes from entry `from` up to the last one by halves, as nearly every Block has none; false when it meets
   * another sequence.
   */
  private search(block: Block, { from, first }: { from: number; first: Seen }, last: Seen, holes: Hole[]): boolean {
    const open = [{ from, first, to: block.count - 1, last }];
    for (let range = open.pop(); range !== undefined; range = open.pop()) {
      const { from, first, to, last } = range;
      if (last.number - first.number === BigInt(to - from)) continue;
      if (to - from === 1) {
        const hole = holeBetween(first, last);
        if (hole !== undefined) holes.push(hole);
        continue;
      }
      const middle = (from + to) >> 1;
      const seen = seenAt(block, middle);
      if (seen?.sequence !== first.sequence) return false;
      open.push({ from: middle, first: seen, to, last }, { from, first, to: middle, last: seen });
    }
    return true;
  }

  private walk(block: Block, from: number): Hole[] {
    const holes: Hole[] = [];
    for (let i = from; i < block.count; i++) {
      const seen = seenAt(block, i);
      if (seen === undefined) continue;
      const hole = holeBetween(this.last.get(seen.sequence), seen);
      if (hole !== undefined) holes.push(hole);
      this.remember(seen);
    }
    return holes;
  }

  private remember(seen: Seen): void {
    if (!this.last.has(seen.sequence) && this.last.size >= MAX_SEQUENCES) this.last.clear();
    this.last.set(seen.sequence, seen);
  }
}

interface Seen {
  readonly sequence: string;
  readonly number: bigint;
  readonly cursor: string;
}

function seenAt(block: Block, i: number): Seen | undefined {
  const cursor = block.cursor(i);
  const parts = parseCursor(cursor);
  return parts === undefined ? undefined : { sequence: parts.sequence, number: parts.number, cursor };
}

function holeBetween(before: Seen | undefined, after: Seen): Hole | undefined {
  if (before === undefined || after.number <= before.number + 1n) return undefined;
  return { before: before.cursor, after: after.cursor };
}

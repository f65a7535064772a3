import { isUtf8 } from 'node:buffer';
import { CARE, ENTRY, type Block } from '../journal/block.ts';
import { compileGate, hasMatch, matchStart, type Gate, type Pattern } from './pattern/pattern.ts';

/** So much is looked at by one native call. */
const WINDOW_BYTES = 128 * 1024;

/**
 * Finds the few entries that some pattern may match in, by one look at all bytes of a Block. False alarms only cost
 * time; what it lets pass, no pattern matches.
 */
export class RedactGate {
  private readonly gate: Gate | undefined;
  private marks = new Uint8Array(1024);

  constructor(patterns: readonly Pattern[]) {
    this.gate = compileGate(patterns);
  }

  /** For each entry from index `from` on 1 when a pattern may match in it; good until the next call. */
  mark(block: Block, from: number): Uint8Array {
    if (this.marks.length < block.count) this.marks = new Uint8Array(block.count * 2);
    const { gate, marks } = this;
    marks.fill(gate === undefined ? 1 : 0, from, block.count);
    if (gate === undefined) return marks;
    this.markMatches(block, from, gate);
    for (let i = from; i < block.count; i++) if (isCut(block, i) || hasOtherBytes(block, i)) marks[i] = 1;
    return marks;
  }

  /** Whether a pattern may match in a value, which is UTF-8. */
  mayMatch(value: Buffer): boolean {
    return this.gate === undefined || hasMatch(this.gate, value);
  }

  // In windows of whole entries: a match lies in one entry, and where a search must be begun anew for every entry, as
  // when each begins like a secret, none looks at more than the window again.
  private markMatches(block: Block, from: number, gate: Gate): void {
    for (let first = from; first < block.count;) {
      let next = first + 1;
      while (next < block.count && startOf(block, next + 1) - startOf(block, first) <= WINDOW_BYTES) next++;
      this.markWindow(block, first, next, gate);
      first = next;
    }
  }

  /** Looks at entries `first` up to `end`. */
  private markWindow(block: Block, first: number, end: number, gate: Gate): void {
    const firstByte = startOf(block, first);
    const bytes = block.bytes.subarray(firstByte, block.end[block.firstField[end]! - 1]);
    let i = first;
    // Whatever lies behind the beginning of a match is looked at again from the next entry on, so a match that reaches
    // over several entries hides none.
    for (let at = 0; i < end; at = startOf(block, i) - firstByte) {
      const start = matchStart(gate, bytes, at);
      if (start < 0) return;
      while (i + 1 < end && startOf(block, i + 1) - firstByte <= start) i++;
      this.marks[i++] = 1;
    }
  }
}

/** Where the first value of entry i begins; for the number of entries, where the last one ends. */
function startOf(block: Block, i: number): number {
  return i < block.count ? block.start[block.firstField[i]!]! : block.end[block.firstField[i]! - 1]!;
}

/** Whether values end too soon, perhaps in the middle of what a pattern would match. */
function isCut(block: Block, i: number): boolean {
  return (block.flags[i]! & ENTRY.CUT) !== 0;
}

/** Whether a value is not UTF-8, which RE2 may see matches in only when it is read as text. */
function hasOtherBytes(block: Block, i: number): boolean {
  const end = block.firstField[i + 1]!;
  for (let f = block.firstField[i]!; f < end; f++) {
    if ((block.care[f]! & CARE.NON_ASCII) !== 0 && !isUtf8(block.value(f))) return true;
  }
  return false;
}

import type { Block } from '../journal/block.ts';
import type { Position } from '../senders/sender.ts';

/** In a cursor, `s=` and so many digits of the sequence's id tell sequences apart. */
const ID_START = 2;
const ID_BYTES = 16;

/**
 * Notes how the entries of several sequences (machines, namespaces, a journal begun anew) come mixed. Within one
 * sequence all feeds see the same order. Between them they may not: an entry that is written late comes late to a feed
 * that follows, and in its place in time to one that reads it afterwards.
 */
export class Interleaving {
  private readonly current = Buffer.alloc(ID_BYTES);
  private lastUs = 0;
  /** The latest time of an entry that lies before a change of sequence; -1 while there was none. */
  private latestOthersUs = -1;

  /** Notes the entries from index `from` on. */
  note(block: Block, from: number): void {
    for (let i = from; i < block.count; i++) if (!this.isCurrent(block, i)) this.change(block, i, from);
    this.lastUs = block.realtimeUs(block.count - 1);
  }

  /** Whether all entries of other sequences lie before this one in time, so that any feed gives them before it. */
  isBehind(position: Position): boolean {
    return this.latestOthersUs < position.realtimeUs;
  }

  private isCurrent(block: Block, i: number): boolean {
    const { current } = this;
    const start = block.start[block.firstField[i]!]! + ID_START;
    for (let n = ID_BYTES - 1; n >= 0; n--) if (block.bytes[start + n] !== current[n]) return false;
    return true;
  }

  private change(block: Block, i: number, from: number): void {
    const isFirst = this.current[0] === 0;
    const before = i > from ? block.realtimeUs(i - 1) : this.lastUs;
    if (!isFirst) this.latestOthersUs = Math.max(this.latestOthersUs, before);
    const start = block.start[block.firstField[i]!]! + ID_START;
    block.bytes.copy(this.current, 0, start, start + ID_BYTES);
  }
}

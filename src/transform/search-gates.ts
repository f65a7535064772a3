import type { Block } from '../journal/block.ts';
import { KIND } from './format.ts';
import { compileGate, hasMatch, type Gate, type Pattern } from './pattern/pattern.ts';
import { nextOfName, searchedValue } from './search-fields.ts';

/** The fields of entry i that searches want, by slot; -1 for those it has not. */
export interface SearchedEntry {
  readonly block: Block;
  readonly i: number;
  readonly found: Int32Array;
}

/** A field that searches look at, and all patterns that they look for in it. */
export interface Slot {
  readonly kind: number;
  readonly patterns: readonly Pattern[];
}

/** Values of fewer bytes take a pattern only microseconds, which need not be measured. */
export const TIMED_BYTES = 4096;

const OPEN = 1;
const SHUT = 2;

/** Rejects most entries by one look at each field, however many searches look at it. */
export class SearchGates {
  private readonly slots: readonly Slot[];
  private readonly gates: readonly (Gate | undefined)[];
  /** What is known of each slot in the present entry: OPEN, SHUT, or 0 for nothing yet. */
  private readonly states: Uint8Array;

  constructor(slots: readonly Slot[]) {
    this.slots = slots;
    this.gates = slots.map(({ patterns }) => (patterns.length === 1 ? patterns[0] : compileGate(patterns)));
    this.states = new Uint8Array(slots.length);
  }

  /** Another entry comes. */
  reset(): void {
    this.states.fill(0);
  }

  /** Whether some pattern may be found in the slot's field; when not, none is. */
  isOpen(slot: number, entry: SearchedEntry): boolean {
    if (this.states[slot] === 0) this.states[slot] = this.look(slot, entry) ? OPEN : SHUT;
    return this.states[slot] === OPEN;
  }

  private look(slot: number, { block, i, found }: SearchedEntry): boolean {
    const f = found[slot]!;
    const gate = this.gates[slot];
    const { kind } = this.slots[slot]!;
    if (f < 0) return false;
    if (gate === undefined || kind !== KIND.TEXT || nextOfName(block, i, f) >= 0) return true;
    // Each pattern is to be timed by itself.
    if (block.end[f]! - block.start[f]! >= TIMED_BYTES) return true;
    const value = searchedValue(block, f, kind);
    return value !== undefined && hasMatch(gate, value);
  }
}

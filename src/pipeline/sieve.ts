import type { Block } from '../journal/block.ts';

/** Says of an entry whether it goes on. */
export type Test = (block: Block, i: number) => boolean;

/** What happens to each entry once, before the senders part, in this order. */
export interface SieveSteps {
  /** Read for the feed's sake; not of the selection, so not counted as dropped either. */
  readonly isAddition?: Test | undefined;
  readonly isOwnLog?: Test | undefined;
  /** Of a unit in `units_to_exclude`. */
  readonly isExcluded?: Test | undefined;
  readonly match?: Test | undefined;
  /** Changes the values of the entries from the given one on. */
  readonly redact?: ((block: Block, from: number, isCounted: boolean) => void) | undefined;
  /** Runs the searches on entry i; false when there are some and none hit. */
  readonly search?: ((block: Block, i: number, isCounted: boolean) => boolean) | undefined;
}

/** How many entries each step has dropped. */
export interface SieveCounts {
  own_log: number;
  unit: number;
  match: number;
  search: number;
}

/** Drops what no sender gets, and redacts the rest before anyone looks at it. */
export class Sieve {
  readonly dropped: SieveCounts = { own_log: 0, unit: 0, match: 0, search: 0 };
  private readonly steps: SieveSteps;
  private isCounted = true;
  private kept = new Uint8Array(1024);

  constructor(steps: SieveSteps) {
    this.steps = steps;
  }

  /**
   * Takes the entries from `from` on through all steps; the result says 1 for each index that is kept. What was through
   * another feed before is not counted again.
   */
  sift(block: Block, from: number, isCounted: boolean): Uint8Array {
    if (this.kept.length < block.count) this.kept = new Uint8Array(block.count * 2);
    const { kept, steps } = this;
    kept.fill(1, from, block.count);
    this.isCounted = isCounted;
    this.drop(block, from, undefined, steps.isAddition);
    this.drop(block, from, 'own_log', steps.isOwnLog);
    this.drop(block, from, 'unit', steps.isExcluded);
    this.keep(block, from, 'match', steps.match);
    steps.redact?.(block, from, isCounted);
    const { search } = steps;
    if (search !== undefined) this.keep(block, from, 'search', (b, i) => search(b, i, isCounted));
    return kept;
  }

  private drop(block: Block, from: number, step: keyof SieveCounts | undefined, test: Test | undefined): void {
    if (test !== undefined) this.keep(block, from, step, (b, i) => !test(b, i));
  }

  private keep(block: Block, from: number, step: keyof SieveCounts | undefined, test: Test | undefined): void {
    if (test === undefined) return;
    const { kept, dropped } = this;
    for (let i = from; i < block.count; i++) {
      if (kept[i] === 0 || test(block, i)) continue;
      kept[i] = 0;
      if (this.isCounted && step !== undefined) dropped[step]++;
    }
  }
}

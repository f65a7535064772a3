import type { Block } from '../../journal/block.ts';
import type { ReaderStep } from './explained.ts';

/** A step that was taken. What it tells of the entry is looked up once the entry is redacted, not before. */
export interface Taken {
  readonly passes: boolean;
  /** Undefined for a step that is not worth a word. */
  readonly tell: () => ReaderStep | undefined;
}

/** Takes a step that may drop entry i. */
export type Take = (block: Block, i: number) => Taken;

/** The steps that were taken with one entry. */
export class Trace {
  /** Whether the entry's secrets are gone. */
  isRedacted = false;
  private taken: Taken[] = [];

  begin(): void {
    this.taken = [];
    this.isRedacted = false;
  }

  /** Whether the entry passes. */
  add(taken: Taken): boolean {
    this.taken.push(taken);
    return taken.passes;
  }

  /** The steps up to the one that drops the entry, if one does. */
  tell(): ReaderStep[] {
    const dropping = this.taken.findIndex(({ passes }) => !passes);
    const told = this.taken.slice(0, dropping < 0 ? undefined : dropping + 1).map(({ tell }) => tell());
    return told.filter((step) => step !== undefined);
  }
}

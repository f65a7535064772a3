import type { ReaderConfig } from '../config/schema.ts';
import type { Block } from '../journal/block.ts';
import type { Redactor } from '../transform/redact.ts';

/** The secret filters of a reader at work. */
export interface Redaction {
  readonly redact: (block: Block, from: number, isCounted: boolean) => void;
  /** Matches replaced by each filter. */
  readonly counts: number[];
  readonly changedEntries: () => number;
}

/** Makes the secret filters of a reader; undefined when it has none, and then RE2 is not even loaded. */
export async function createRedactor(reader: ReaderConfig): Promise<Redactor | undefined> {
  const { secret_filters: filters, secret_filter_fields: fields } = reader;
  if (filters.length === 0) return undefined;
  const { Redactor } = await import('../transform/redact.ts');
  return new Redactor({ filters, ...(fields === undefined ? {} : { fields }) });
}

/** Puts the secret filters of a reader to work, undefined when it has none; says when a value took too long. */
export async function createRedaction(reader: ReaderConfig, abandoned: () => void): Promise<Redaction | undefined> {
  const redactor = await createRedactor(reader);
  if (redactor === undefined) return undefined;
  return {
    counts: redactor.counts,
    changedEntries: () => redactor.changedEntries,
    redact: (block, from, isCounted) => {
      const abandonedBefore = redactor.abandonedValues;
      redactor.redact(block, from, isCounted);
      if (redactor.abandonedValues > abandonedBefore) abandoned();
    },
  };
}

import type { Config, ReaderConfig } from '../../config/schema.ts';
import type { Block } from '../../journal/block.ts';
import { createRedactor } from '../../pipeline/redaction.ts';
import { createSearches } from '../../pipeline/searching.ts';
import type { Take, Taken } from './trace.ts';
import type { Redaction } from './explained.ts';

/** Makes what redacts the only entry of a Block and tells how often, never what; undefined without secret filters. */
export async function createRedactionStep(reader: ReaderConfig): Promise<((block: Block) => Taken) | undefined> {
  const redactor = await createRedactor(reader);
  if (redactor === undefined) return undefined;
  return (block) => {
    const changes: Redaction[] = [];
    redactor.redactEntry(block, 0, (f, filter, count) => {
      changes.push({ filter, field: block.names.text(block.name[f]!), count });
    });
    return { passes: true, tell: () => ({ step: 'secret_filters', passes: true, changes: summed(changes) }) };
  };
}

/** Makes the searches; undefined without any. */
export async function createSearchStep(config: Config, reader: ReaderConfig): Promise<Take | undefined> {
  const searches = await createSearches(config, reader);
  if (searches === undefined) return undefined;
  return (block, i) => {
    const hits = searches.run(block, i);
    const passes = hits.length > 0;
    return { passes, tell: () => ({ step: 'searches', passes, hits }) };
  };
}

/** One count for each filter and field, which may be there several times; by filter, then by name. */
function summed(changes: readonly Redaction[]): Redaction[] {
  const sums = new Map<string, Redaction>();
  for (const change of changes) {
    const key = `${change.filter} ${change.field}`;
    sums.set(key, { ...change, count: change.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()].sort((a, b) => a.filter - b.filter || (a.field < b.field ? -1 : 1));
}

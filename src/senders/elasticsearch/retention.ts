import { messageOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import type { Asker } from './client.ts';
import type { Naming } from './naming.ts';

/** What is kept, of which indices. */
export interface Retention {
  readonly naming: Naming;
  readonly prefix: string;
  /** How many indices by day are kept; 0: all. */
  readonly daysMax: number;
}

/** Deletes the oldest indices by day beyond those that are kept. */
export async function deleteOldIndices(
  asker: Asker,
  { naming, prefix, daysMax }: Retention,
  log: SenderContext['log'],
  signal: AbortSignal,
): Promise<void> {
  if (daysMax === 0 || naming.dayOf(naming.example) === undefined) return;
  const path = `/_resolve/index/${encodeURIComponent(`${prefix}-*`)}`;
  const query = { expand_wildcards: 'all', filter_path: 'indices.name' };
  const answer = await asker.ask({ method: 'GET', path, query }, signal);
  const found = (answer as { indices?: { name: string }[] } | undefined)?.indices ?? [];
  const names = found.map(({ name }) => name);
  for (const name of outdated(names, { naming, daysMax, today: new Date().toISOString().slice(0, 10) })) {
    try {
      await asker.ask({ method: 'DELETE', path: `/${encodeURIComponent(name)}` }, signal);
      log.info(`deleted the index ${name}: ${daysMax} newer ones are kept.`);
    } catch (error) {
      signal.throwIfAborted();
      log.warn(`cannot delete the index ${name}: ${messageOf(error)}.`, 'retention');
    }
  }
}

/** The indices by day beyond the newest `daysMax`, the oldest first; today's and those of days to come stay. */
export function outdated(
  names: readonly string[],
  { naming, daysMax, today }: { naming: Pick<Naming, 'dayOf'>; daysMax: number; today: string },
): string[] {
  const days = names.flatMap((name) => {
    const day = naming.dayOf(name);
    return day === undefined ? [] : [{ name, day }];
  });
  days.sort((a, b) => (a.day < b.day ? -1 : 1));
  return days
    .slice(0, Math.max(0, days.length - daysMax))
    .filter(({ day }) => day < today)
    .map(({ name }) => name);
}

import type { Config, ReaderConfig } from '../config/schema.ts';
import type { Block } from '../journal/block.ts';
import type { StoredReader } from '../state/stored.ts';
import type { SearchDuration, Searches } from '../transform/search.ts';

/** What the searches tell the outside. */
export interface SearchEvents {
  /** An entry was hit, which no feed had seen before. */
  readonly hit: (search: string, tags: Readonly<Record<string, string>>) => void;
  /** A pattern took longer than `threshold_for_metric_emit`. */
  readonly slow: (duration: SearchDuration) => void;
}

/** The searches of a reader at work. */
export interface Searching {
  /** False when no search hits entry i: then it is dropped. */
  readonly search: (block: Block, i: number, isCounted: boolean) => boolean;
  /** Tells of the patterns that were slow since the last call. */
  readonly tellSlow: () => void;
  /** Adds the hits to those in the state file. */
  readonly describe: (stored: StoredReader) => void;
}

/** Makes the searches of a reader; undefined when it has none. Throws an Error for a tag or database that cannot be used. */
export async function createSearches(config: Config, reader: ReaderConfig): Promise<Searches | undefined> {
  if (reader.searches.length === 0) return undefined;
  const { Searches } = await import('../transform/search.ts');
  return new Searches(reader.searches, await geoipOf(config));
}

/** Puts the searches of a reader to work; undefined when it has none. Throws as `createSearches`. */
export async function createSearching(
  config: Config,
  reader: ReaderConfig,
  events: SearchEvents,
): Promise<Searching | undefined> {
  const searches = await createSearches(config, reader);
  if (searches === undefined) return undefined;
  const unsaved = new Map<string, number>();
  const count = (name: string): Map<string, number> => unsaved.set(name, (unsaved.get(name) ?? 0) + 1);
  return {
    search: (block, i, isCounted) => {
      const hits = searches.run(block, i);
      if (isCounted) {
        for (const { name, tags } of hits) {
          count(name);
          events.hit(name, tags);
        }
      }
      return hits.length > 0;
    },
    tellSlow: () => {
      for (const duration of searches.takeSlow(reader.threshold_for_metric_emit)) events.slow(duration);
    },
    describe: (stored) => {
      const total = new Map(Object.entries(stored.searches ?? {}));
      for (const [name, times] of unsaved) total.set(name, (total.get(name) ?? 0) + times);
      stored.searches = Object.fromEntries(total);
      unsaved.clear();
    },
  };
}

async function geoipOf({ geoip_database }: Config) {
  if (geoip_database === undefined) return {};
  const { openGeoIp } = await import('../transform/search-geoip.ts');
  return { geoip: openGeoIp(geoip_database) };
}

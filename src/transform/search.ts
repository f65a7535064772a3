import type { Block } from '../journal/block.ts';
import { FORMATS } from './format.ts';
import { compilePattern, searchText, type Pattern } from './pattern/pattern.ts';
import { nextOfName, searchedValue, SearchFields } from './search-fields.ts';
import { SearchGates, TIMED_BYTES, type SearchedEntry } from './search-gates.ts';
import type { GeoIp } from './search-geoip.ts';
import { parseTagValue, type TagValue } from './search-tags.ts';

/** A search as it is configured. */
export interface SearchOptions {
  readonly name: string;
  /** A pattern of Python's `re` for each field, by its original name; all must be found. */
  readonly fields: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string | number>>;
}

/** A search that an entry hits, and the tags of the metric that counts it. */
export interface Hit {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The longest that one pattern took for one value. */
export interface SearchDuration {
  readonly search: string;
  readonly field: string;
  readonly pattern: string;
  readonly seconds: number;
}

interface Condition {
  readonly field: string;
  /** Which of the fields that all searches want. */
  readonly slot: number;
  readonly kind: number;
  readonly pattern: Pattern;
  longestMs: number;
}

interface Search {
  readonly name: string;
  readonly conditions: readonly Condition[];
  /** The slots of the conditions, the one first that the most searches share. */
  readonly slots: readonly number[];
  readonly tags: readonly (readonly [tag: string, value: TagValue])[];
}

/** What the searches of a reader find in entries. */
export class Searches {
  private readonly searches: readonly Search[];
  private readonly fields: SearchFields;
  private readonly gates: SearchGates;

  /** Throws a PatternError, or an Error for a tag that cannot be made. */
  constructor(list: readonly SearchOptions[], options: { geoip?: GeoIp } = {}) {
    const wanted = fieldsByUse(list);
    this.fields = new SearchFields(wanted);
    this.searches = list.map((search) => compileSearch(search, wanted, options.geoip));
    const conditions = this.searches.flatMap((search) => search.conditions);
    this.gates = new SearchGates(
      wanted.map((field, slot) => ({
        kind: FORMATS.journalpump.kindOf(field),
        patterns: conditions.filter((condition) => condition.slot === slot).map(({ pattern }) => pattern),
      })),
    );
  }

  /** The searches that entry i hits, in the order of the config. */
  run(block: Block, i: number): Hit[] {
    const entry = { block, i, found: this.fields.find(block, i) };
    this.gates.reset();
    const hits: Hit[] = [];
    for (const search of this.searches) {
      if (!this.mayHit(search, entry)) continue;
      const groups = groupsOf(search, entry);
      if (groups !== undefined) hits.push({ name: search.name, tags: tagsOf(search, groups) });
    }
    return hits;
  }

  /** The patterns that took longer than so many seconds for one value since the last call. */
  takeSlow(thresholdSeconds: number): SearchDuration[] {
    const slow: SearchDuration[] = [];
    for (const { name, conditions } of this.searches) {
      for (const condition of conditions) {
        const seconds = condition.longestMs / 1000;
        condition.longestMs = 0;
        const { field, pattern } = condition;
        if (seconds > thresholdSeconds) slow.push({ search: name, field, pattern: pattern.source, seconds });
      }
    }
    return slow;
  }

  private mayHit(search: Search, entry: SearchedEntry): boolean {
    for (const slot of search.slots) if (!this.gates.isOpen(slot, entry)) return false;
    return true;
  }
}

/** The named groups of all conditions together, later ones over earlier ones; undefined when one does not hold. */
function groupsOf(search: Search, entry: SearchedEntry): Map<string, string> | undefined {
  let all: Map<string, string> | undefined;
  for (const condition of search.conditions) {
    const groups = firstMatch(condition, entry);
    if (groups === undefined) return undefined;
    all ??= new Map();
    for (const [name, text] of groups) all.set(name, text);
  }
  return all ?? new Map();
}

/** The groups in the first value of the field that the pattern is found in. */
function firstMatch(condition: Condition, { block, i, found }: SearchedEntry): ReadonlyMap<string, string> | undefined {
  for (let f = found[condition.slot]!; f >= 0; f = nextOfName(block, i, f)) {
    const value = searchedValue(block, f, condition.kind);
    if (value === undefined) continue;
    const groups = value.length < TIMED_BYTES ? searchText(condition.pattern, value) : searchTimed(condition, value);
    if (groups !== undefined) return groups;
  }
  return undefined;
}

function searchTimed(condition: Condition, value: Buffer): ReadonlyMap<string, string> | undefined {
  const start = performance.now();
  const groups = searchText(condition.pattern, value);
  condition.longestMs = Math.max(condition.longestMs, performance.now() - start);
  return groups;
}

function tagsOf(search: Search, groups: Map<string, string>): Record<string, string> {
  for (const [tag, valueOf] of search.tags) {
    const value = valueOf(groups);
    if (value !== undefined) groups.set(tag, value);
  }
  return Object.fromEntries(groups);
}

/** All fields that searches look at, those of the most searches first. */
function fieldsByUse(list: readonly SearchOptions[]): string[] {
  const uses = new Map<string, number>();
  for (const field of list.flatMap(({ fields }) => Object.keys(fields))) uses.set(field, (uses.get(field) ?? 0) + 1);
  return [...uses.keys()].sort((a, b) => uses.get(b)! - uses.get(a)!);
}

function compileSearch(search: SearchOptions, wanted: readonly string[], geoip: GeoIp | undefined): Search {
  const conditions = Object.entries(search.fields).map(([field, source]) => ({
    field,
    slot: wanted.indexOf(field),
    kind: FORMATS.journalpump.kindOf(field),
    pattern: compilePattern(source),
    longestMs: 0,
  }));
  return {
    name: search.name,
    conditions: conditions.toSorted(inJournalpumpsOrder),
    slots: conditions.map(({ slot }) => slot).sort((a, b) => a - b),
    tags: Object.entries(search.tags).map(([tag, value]) => [tag, parseTagValue(value, geoip)]),
  };
}

/** By name, MESSAGE last: of two groups with one name the later one counts. */
function inJournalpumpsOrder(a: Condition, b: Condition): number {
  if (a.field === 'MESSAGE' || b.field === 'MESSAGE')
    return Number(a.field === 'MESSAGE') - Number(b.field === 'MESSAGE');
  return a.field < b.field ? -1 : 1;
}

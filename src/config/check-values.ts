import type { ConfigFault } from '../errors.ts';
import { messageOf } from '../errors.ts';
import { compileGlob } from '../glob.ts';
import { parseTemplate } from '../senders/template.ts';
import { parseEncryptionKey } from '../transform/encryption-key.ts';
import type { Pattern } from '../transform/pattern/pattern.ts';
import { parseReplacement } from '../transform/replacement.ts';
import { parseTagValue } from '../transform/search-tags.ts';
import { faultAt, printable } from './faults.ts';
import { isJsonObject } from './walk.ts';
import type { JsonObject } from './walk.ts';

/** Finds out by trying whether a value can be used; throws an Error with a sentence, or rejects with one, when it cannot. */
interface ValueCheck {
  /** Where such values stand: keys between dots, `*` for every name or index. */
  readonly at: string;
  /** Gets what stands there when that is a string, and the objects around it, the innermost first. */
  readonly use: (value: string, around: readonly JsonObject[]) => unknown;
}

/**
 * One line for each key whose value can be wrong in a way that no schema tells. RE2 and the reader of GeoIP databases are
 * loaded for those who use them only: they take memory.
 */
const CHECKS: readonly ValueCheck[] = [
  { at: 'unit_log_levels.*.*.service_glob', use: compileGlob },
  { at: 'readers.*.units_to_exclude.*', use: compileGlob },
  { at: 'readers.*.secret_filters.*.pattern', use: compile },
  { at: 'readers.*.secret_filters.*.replacement', use: checkReplacement },
  { at: 'readers.*.searches.*.fields.*', use: compile },
  { at: 'readers.*.searches.*.tags.*', use: checkTag },
  { at: 'readers.*.senders.*.line_template', use: parseTemplate },
  { at: 'readers.*.senders.*.kafka_topic', use: parseTemplate },
  { at: 'readers.*.senders.*.kafka_msg_key', use: parseTemplate },
  { at: 'readers.*.senders.*.index', use: parseTemplate },
  { at: 'readers.*.senders.*.data_stream', use: parseTemplate },
  { at: 'readers.*.senders.*.encrypt.key', use: parseEncryptionKey },
  { at: 'geoip_database', use: checkGeoIp },
];

/** Finds values that have the right shape but cannot be used: globs, patterns, files. */
export async function checkValues(config: unknown): Promise<ConfigFault[]> {
  const found = CHECKS.flatMap(({ at, use }) => placesOf(config, at.split('.')).map((place) => ({ ...place, use })));
  const faults = await Promise.all(
    found.map(async ({ path, value, around, use }) => tryUse(path, () => use(value, around))),
  );
  return faults.flat();
}

async function tryUse(path: readonly string[], use: () => unknown): Promise<ConfigFault[]> {
  try {
    await use();
    return [];
  } catch (error) {
    return [faultAt(path, printable(messageOf(error)))];
  }
}

/** A string in the config, where it stands and the objects that it stands in. */
interface ValuePlace {
  readonly path: readonly string[];
  readonly value: string;
  readonly around: readonly JsonObject[];
}

function placesOf(
  value: unknown,
  keys: readonly string[],
  place: Omit<ValuePlace, 'value'> = { path: [], around: [] },
): ValuePlace[] {
  const [key, ...rest] = keys;
  if (key === undefined) return typeof value === 'string' ? [{ ...place, value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  const around = isJsonObject(value) ? [value, ...place.around] : place.around;
  return Object.entries(value)
    .filter(([name]) => key === '*' || key === name)
    .flatMap(([name, inner]) => placesOf(inner, rest, { path: [...place.path, name], around }));
}

async function compile(source: string): Promise<Pattern> {
  const { compilePattern } = await import('../transform/pattern/pattern.ts');
  return compilePattern(source);
}

/** A replacement may name groups of its pattern only; what is wrong with the pattern is told at its own key. */
async function checkReplacement(replacement: string, [filter]: readonly JsonObject[]): Promise<void> {
  const source = filter?.['pattern'];
  const pattern = typeof source === 'string' ? await compile(source).catch(() => undefined) : undefined;
  if (pattern !== undefined) parseReplacement(replacement, pattern);
}

/** Whether there is a database is known; what is wrong with it is told at its own key. */
function checkTag(value: string, around: readonly JsonObject[]): void {
  const hasGeoIp = typeof around.at(-1)?.['geoip_database'] === 'string';
  parseTagValue(value, hasGeoIp ? { locate: () => undefined } : undefined);
}

async function checkGeoIp(file: string): Promise<void> {
  const { openGeoIp } = await import('../transform/search-geoip.ts');
  openGeoIp(file);
}

import type { ConfigFault } from '../errors.ts';
import { didYouMean, faultAt, quoted } from './faults.ts';
import type { Findings } from './prepare.ts';
import { isJsonObject } from './walk.ts';
import type { JsonObject } from './walk.ts';

/** A key of a sender that names an entry of a key at the top level. */
interface Reference {
  readonly key: string;
  readonly target: string;
}

const REFERENCES: readonly Reference[] = [
  { key: 'field_filter', target: 'field_filters' },
  { key: 'unit_log_level', target: 'unit_log_levels' },
];

/** Finds senders that name what is not defined, and definitions that no sender names. */
export function checkReferences(config: JsonObject, { faults, warnings }: Findings): void {
  const senders = sendersOf(config);
  for (const { key, target } of REFERENCES) {
    const value = config[target] ?? {};
    // What is no object is a fault already.
    if (!isJsonObject(value)) continue;
    const defined = Object.keys(value);
    const used = new Set(senders.map(({ sender }) => sender[key]));
    for (const { path, sender } of senders) faults.push(...missing([...path, key], sender[key], { target, defined }));
    const unused = defined.filter((name) => !used.has(name));
    warnings.push(...unused.map((name) => faultAt([target, name], `has no effect: no sender has it as "${key}"`)));
  }
}

function missing(
  path: readonly string[],
  name: unknown,
  { target, defined }: { readonly target: string; readonly defined: readonly string[] },
): ConfigFault[] {
  if (typeof name !== 'string' || name === '' || defined.includes(name)) return [];
  return [faultAt(path, `there is no ${quoted(name)} in "${target}"${didYouMean(name, defined)}`)];
}

/** Every sender of every reader with its path. */
function sendersOf(config: JsonObject): { path: readonly string[]; sender: JsonObject }[] {
  return objectsIn(config['readers'], ['readers']).flatMap(({ path, value }) =>
    objectsIn(value['senders'], [...path, 'senders']).map(({ path: inner, value: sender }) => ({
      path: inner,
      sender,
    })),
  );
}

function objectsIn(parent: unknown, path: readonly string[]): { path: readonly string[]; value: JsonObject }[] {
  const entries = isJsonObject(parent) ? Object.entries(parent) : [];
  return entries.flatMap(([name, value]) => (isJsonObject(value) ? [{ path: [...path, name], value }] : []));
}

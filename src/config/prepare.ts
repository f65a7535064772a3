import type { ConfigFault } from '../errors.ts';
import type { Schema } from './dialect.ts';
import { faultAt, quoted } from './faults.ts';
import { declared, isJsonObject, walk } from './walk.ts';
import type { Place } from './walk.ts';

/** What was found before the check: `faults` stop the config, `warnings` do not. */
export interface Findings {
  readonly faults: ConfigFault[];
  readonly warnings: ConfigFault[];
}

/** Takes out of the value what has no effect: null for an optional key, and keys that are accepted but ignored. */
export function prepare(schema: Schema, value: unknown, findings: Findings): void {
  walk(schema, value, (place) => {
    for (const key of Object.keys(place.value)) {
      const option = declared(place.keys, key);
      if (option) prepareKey(place, key, option, findings);
    }
  });
}

/** Moves what stands under another name of a key to the key itself; after the check, so that faults name the key as written. */
export function resolveAliases(schema: Schema, value: unknown): void {
  walk(schema, value, ({ value: object, keys }) => {
    for (const key of Object.keys(object)) {
      const target = declared(keys, key)?.aliasOf;
      if (target === undefined) continue;
      object[target] = object[key];
      Reflect.deleteProperty(object, key);
    }
  });
}

function prepareKey(place: Place, key: string, option: Schema, { faults, warnings }: Findings): void {
  const { path, value } = place;
  if (option.ignored !== undefined) {
    warnings.push(faultAt([...path, key], `ignored: ${option.ignored}`));
    Reflect.deleteProperty(value, key);
  } else if (value[key] === null && !option.mandatory) {
    Reflect.deleteProperty(value, key);
  } else if (option.type === 'array' && isEmptyObject(value[key])) {
    // journalpump's own default for some of its lists.
    Reflect.deleteProperty(value, key);
  } else if (option.lenient && option.type === 'object' && !isJsonObject(value[key])) {
    warnings.push(faultAt([...path, key], 'ignored: it must be an object'));
    Reflect.deleteProperty(value, key);
  } else if (option.aliasOf !== undefined && (value[option.aliasOf] ?? null) !== null) {
    faults.push(faultAt(path, `${quoted(key)} and ${quoted(option.aliasOf)} are the same key; give one of them`));
  }
}

function isEmptyObject(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

import type { ConfigFault } from '../errors.ts';
import { compileGlob } from '../glob.ts';
import { faultAt } from './faults.ts';
import { isEnabled, isJsonObject } from './walk.ts';
import type { JsonObject } from './walk.ts';

/** Warns of what is right in a reader but comes to nothing. */
export function pointlessInReader(path: readonly string[], reader: JsonObject): ConfigFault[] {
  return [
    ...pointlessMatch(path, reader),
    ...pointlessSecretFields(path, reader),
    ...nothingSelected(path, reader),
    ...noSenders(path, reader),
  ];
}

/** Warns of a value to match where no key says of which field, in a reader or at the top level. */
export function pointlessMatch(path: readonly string[], object: JsonObject): ConfigFault[] {
  if (object['match_value'] === undefined || object['match_key'] !== undefined) return [];
  return [faultAt([...path, 'match_value'], 'has no effect without "match_key"')];
}

function pointlessSecretFields(path: readonly string[], reader: JsonObject): ConfigFault[] {
  if (reader['secret_filter_fields'] === undefined || isFilled(reader['secret_filters'])) return [];
  return [faultAt([...path, 'secret_filter_fields'], 'has no effect without "secret_filters"')];
}

function nothingSelected(path: readonly string[], reader: JsonObject): ConfigFault[] {
  const units = stringsIn(reader['units_to_match']);
  const globs = stringsIn(reader['units_to_exclude']);
  if (units.length === 0 || units.some((unit) => !globs.some((glob) => isMatch(glob, unit)))) return [];
  return [faultAt([...path, 'units_to_exclude'], 'leaves none of "units_to_match": nothing is selected')];
}

function noSenders(path: readonly string[], reader: JsonObject): ConfigFault[] {
  const senders = isJsonObject(reader['senders']) ? Object.values(reader['senders']) : [];
  // Searches count what they find, also for nobody.
  if (!isEnabled(reader) || senders.some(isEnabled) || isFilled(reader['searches'])) return [];
  return [faultAt(path, 'no sender is enabled: what this reader reads goes nowhere')];
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isMatch(glob: string, unit: string): boolean {
  try {
    return compileGlob(glob)(unit);
  } catch {
    return false; // a fault, which the check of values tells
  }
}

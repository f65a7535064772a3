import { sha1, dumps, repr, typeName } from './python.ts';
import { Refusal } from './refusal.ts';
import { isObject } from './validation.ts';

/** The parameters of a task as the manager keeps and hands them on: always complete. */
export type PluginParams = Readonly<Record<string, unknown>> & { readonly custom_parameters: Record<string, unknown> };

const mappingDefaults = {
  mapping_file: null,
  mapping_id: null,
  mappings: {},
  additional_mapping_files: [],
  additional_mappings: {},
  sigma_mappings: {},
};

const defaults = {
  override_chunk_size: null,
  override_allow_unmapped_fields: true,
  timestamp_offset_msec: 0,
  compressed: false,
  custom_parameters: {},
  preview_mode: false,
  preview_mode_max_records: 10,
  store_file: false,
};

/** Completes what a user has given; keys that the manager does not know are dropped. */
export function completePluginParams(given: Readonly<Record<string, unknown>>): PluginParams {
  const mapping = objectAt(given, 'mapping_parameters');
  const custom_parameters = objectAt(given, 'custom_parameters');
  const known = { ...pick(defaults, given), custom_parameters };
  return { mapping_parameters: pick(mappingDefaults, mapping), ...known };
}

/** The id of a task: the same bridge, operation and parameters give the same id. */
export function taskIdOf(bridgeId: string, operationId: string, params: PluginParams): string {
  return sha1(`${bridgeId}${operationId}${dumps(params, { sortKeys: true })}`);
}

function pick(fallbacks: Readonly<Record<string, unknown>>, given: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(fallbacks).map(([key, value]) => [key, given[key] ?? value]));
}

function objectAt(given: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const value = given[key] ?? {};
  if (isObject(value)) return value;
  const details = `[type=dict_type, input_value=${repr(value)}, input_type=${typeName(value)}]`;
  throw new Refusal(
    400,
    'ValidationError',
    `1 validation error: ${key}: Input should be a valid dictionary ${details}`,
  );
}

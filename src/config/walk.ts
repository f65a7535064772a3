import type { Schema } from './dialect.ts';

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** An object of the config, the declaration of its keys, and where it stands. */
export interface Place {
  readonly path: readonly string[];
  readonly value: JsonObject;
  readonly keys: Readonly<Record<string, Schema>>;
  /** What the object must satisfy; undefined when the check of an object around it covers this one. */
  readonly check: Schema | undefined;
}

/** True for what JSON calls an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** False for a reader or sender that is switched off. */
export function isEnabled(part: unknown): boolean {
  return isJsonObject(part) && part['enabled'] !== false;
}

/**
 * Calls `visit` for every object with declared keys, outer ones first; after `false` what lies in it is left out.
 * What has not the declared shape is passed over.
 */
export function walk(
  schema: Schema,
  value: unknown,
  visit: (place: Place) => unknown,
  path: readonly string[] = [],
): void {
  if (Array.isArray(value)) {
    const items = schema.items ?? schema.anyOf?.find(({ type }) => type === 'array')?.items;
    value.forEach((item, index) => {
      if (items) walk(items, item, visit, [...path, String(index)]);
    });
    return;
  }
  if (!isJsonObject(value)) return;
  const check = schema.variants && variantOf(schema.variants, value);
  const object = check ?? schema;
  if (object.properties && visit({ path, value, keys: object.properties, check }) === false) return;
  for (const key of Object.keys(value)) {
    const child = childOf(object, key);
    if (child) walk(child, value[key], visit, [...path, key]);
  }
}

/** The declaration of a key; `constructor` and the like are not declared. */
export function declared<T>(keys: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return keys && Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** The declaration of what stands under a key of an object, whether journalbridge or the user names the key. */
export function childOf(object: Schema | undefined, key: string): Schema | undefined {
  const others = object?.additionalProperties;
  return declared(object?.properties, key) ?? (others === false ? undefined : others);
}

/** The schema for the kind that the tag names; the common keys alone when it names none. */
export function variantOf({ tag, open, closed }: NonNullable<Schema['variants']>, value: JsonObject): Schema {
  const kind = value[tag];
  return (typeof kind === 'string' ? declared(closed, kind) : undefined) ?? open;
}

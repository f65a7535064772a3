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
  const kind = kindFor(schema, value);
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (kind.items) walk(kind.items, item, visit, [...path, String(index)]);
    });
    return;
  }
  if (!isJsonObject(value)) return;
  const check = kind.variants && variantOf(kind.variants, value);
  const object = check ?? kind;
  if (object.properties && visit({ path, value, keys: object.properties, check }) === false) return;
  for (const key of Object.keys(value)) {
    const child = childOf(object, key);
    if (child) walk(child, value[key], visit, [...path, key]);
  }
}

/** Of an option that may be of several kinds, the one that is meant: the list, or the object. */
export function kindFor(schema: Schema, value: unknown): Schema {
  const type = Array.isArray(value) ? 'array' : 'object';
  return schema.anyOf?.find((kind) => kind.type === type) ?? schema;
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

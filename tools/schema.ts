import { writeFileSync } from 'node:fs';
import type { Schema } from '../src/config/dialect.ts';
import { configOption } from '../src/config/schema.ts';

/** Where the schema for editors lies. */
export const SCHEMA_FILE = new URL('../journalbridge.schema.json', import.meta.url);

/** Keywords that editors understand as they are. */
const PLAIN = ['type', 'default', 'enum', 'pattern', 'minLength', 'minimum', 'maximum', 'minItems'] as const;

type Json = Record<string, unknown>;

/** What any string may be in place of itself. */
const ELSEWHERE = {
  description: 'The value stands elsewhere: in a credential of systemd, in a file, in the environment.',
  oneOf: ['credential', 'file', 'env'].map((key) => ({
    type: 'object',
    properties: { [key]: { type: 'string', minLength: 1 } },
    required: [key],
    additionalProperties: false,
  })),
};

/** The text of `journalbridge.schema.json`: the config as draft-07 JSON Schema, which every editor knows. */
export function editorSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'journalbridge',
    ...editorNode(configOption),
    definitions: { elsewhere: ELSEWHERE },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function editorNode(schema: Schema): Json {
  const { description, items, anyOf, additionalProperties, propertyNames, variants } = schema;
  return {
    description,
    ...plainNode(schema),
    ...(schema.ignored !== undefined && { deprecated: true }),
    ...(schema.secret && { writeOnly: true }),
    ...(items && { items: editorNode(items) }),
    ...(anyOf && { anyOf: anyOf.map(editorNode) }),
    ...keysOf(schema),
    ...(additionalProperties && { additionalProperties: editorNode(additionalProperties) }),
    ...(propertyNames && { propertyNames: { pattern: propertyNames.pattern } }),
    ...(variants && variantNodes(variants)),
  };
}

function plainNode(schema: Schema): Json {
  const given = PLAIN.filter((key) => schema[key] !== undefined);
  const { default: preset, ...checks } = Object.fromEntries(given.map((key) => [key, schema[key]]));
  if (schema.type !== 'string') return { ...checks, ...('default' in schema && { default: preset }) };
  return {
    ...('default' in schema && { default: preset }),
    anyOf: [checks, { $ref: '#/definitions/elsewhere' }],
  };
}

function keysOf({ properties, required = [], additionalProperties }: Schema): Json {
  return {
    ...(properties && { properties: mapValues(properties, editorNode) }),
    ...(required.length > 0 && { required }),
    ...(additionalProperties === false && { additionalProperties }),
  };
}

/** The common keys, and for each kind those that it may have besides: closed, so that editors mark a misspelt one. */
function variantNodes({ tag, open, closed }: NonNullable<Schema['variants']>): Json {
  const common = open.properties ?? {};
  const isSame = (key: string): boolean =>
    Object.values(closed).every(({ properties }) => properties?.[key] === common[key] || key === tag);
  const then = ({ properties = {}, required = [] }: Schema): Json => ({
    properties: mapValues(properties, (option, key) => (key in common && isSame(key) ? true : editorNode(option))),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  });
  return {
    properties: mapValues(common, (option, key) => (isSame(key) ? editorNode(option) : true)),
    required: open.required,
    allOf: Object.entries(closed).map(([kind, schema]) => ({
      if: { properties: { [tag]: { const: kind } }, required: [tag] },
      then: then(schema),
    })),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, editorSchema());

import type { Schema } from './dialect.ts';

const PLURALS = {
  string: 'strings',
  integer: 'integers',
  number: 'numbers',
  boolean: 'booleans',
  array: 'lists',
  object: 'objects',
} as const;

/** What a value must be, as it goes on after "must be": `an integer of at least 1`. */
export function wantedOf(schema: Schema): string {
  if (schema.wanted !== undefined) return schema.wanted;
  if (schema.anyOf) return schema.anyOf.map(wantedOf).join(' or ');
  if (schema.enum) return alternatives(schema.enum.map((word) => `"${word}"`));
  switch (schema.type) {
    case undefined:
      return 'any JSON value';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `an integer${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'string':
      return 'a string';
    case 'array':
      return `a ${schema.minItems === 1 ? 'non-empty ' : ''}list of ${schema.items?.type ? PLURALS[schema.items.type] : 'values'}`;
    default:
      return 'an object';
  }
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

import type { ErrorObject } from 'ajv';
import type { ConfigFault } from '../errors.ts';
import type { Schema } from './dialect.ts';
import { closest, didYouMean, faultAt, quoted } from './faults.ts';
import { placeOf } from './places.ts';
import { wantedOf } from './wanted.ts';

/** Nobody reads more; and each error is compared with all others. */
const MAX_ERRORS = 1000;

/** One sentence for each thing that is wrong, out of what ajv says about the object at `base`. */
export function faultsOf(allErrors: readonly ErrorObject[], base: readonly string[]): ConfigFault[] {
  const errors = allErrors.slice(0, MAX_ERRORS);
  return errors
    .filter((error) => !isNoise(error, errors))
    .map((error) => faultAt([...base, ...pathOf(error)], sentenceOf(error)));
}

/** ajv reports every kind of an anyOf, what is around a bad name, and a key as missing that is only misspelt. */
function isNoise(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  switch (error.keyword) {
    case 'propertyNames':
      return true;
    case 'required':
      return all.some((other) => other.instancePath === error.instancePath && meantBy(other) === missingKey(error));
    case 'anyOf':
      return all.some((other) => isWithin(other, error) && other.instancePath !== error.instancePath);
    default:
      return all.some(
        (other) => other.keyword === 'anyOf' && isWithin(error, other) && error.instancePath === other.instancePath,
      );
  }
}

function isWithin(inner: ErrorObject, anyOf: ErrorObject): boolean {
  const isSamePlace = inner.instancePath === anyOf.instancePath;
  return (
    inner.schemaPath.startsWith(`${anyOf.schemaPath}/`) &&
    (isSamePlace || inner.instancePath.startsWith(`${anyOf.instancePath}/`))
  );
}

function sentenceOf(error: ErrorObject): string {
  const schema = error.parentSchema as Schema;
  if (error.keyword === 'additionalProperties') {
    return unknownSentence(unknownKey(error), schema);
  }
  if (error.keyword === 'required') return `${quoted(missingKey(error))} is missing`;
  if (error.data === '' && error.keyword === 'minLength') return 'must not be empty';
  if (error.keyword === 'pattern' && schema.wanted === undefined) return 'must not contain NUL';
  if (error.propertyName !== undefined) return `the name ${quoted(error.propertyName)} must be ${wantedOf(schema)}`;
  const hint = typeof error.data === 'string' && !schema.secret ? didYouMean(error.data, wordsOf(schema)) : '';
  return `must be ${wantedOf(schema)}, got ${gotOf(error.data, schema)}${hint}`;
}

function unknownSentence(key: string, schema: Schema): string {
  const place = placeOf(key);
  const hint = place === undefined ? didYouMean(key, keysOf(schema)) : `; it belongs ${place}`;
  return `unknown key ${quoted(key)}${hint}`;
}

/** What was given instead, without showing a secret. */
function gotOf(value: unknown, schema: Schema): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  const kinds = [schema, ...(schema.anyOf ?? [])];
  if (kinds.some(({ secret }) => secret)) return `a ${typeof value}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  return kinds.some(({ type }) => type === 'string') ? quoted(value) : `the string ${quoted(value)}`;
}

/** The misspelt key's right spelling. */
function meantBy(error: ErrorObject): string | undefined {
  if (error.keyword !== 'additionalProperties') return undefined;
  return closest(unknownKey(error), keysOf(error.parentSchema as Schema));
}

function unknownKey(error: ErrorObject): string {
  return String(error.params['additionalProperty']);
}

function missingKey(error: ErrorObject): string {
  return String(error.params['missingProperty']);
}

/** The keys that are worth suggesting. */
function keysOf({ properties = {} }: Schema): string[] {
  return Object.keys(properties).filter((key) => !properties[key]?.ignored && !properties[key]?.aliasOf);
}

function wordsOf(schema: Schema): readonly string[] {
  return schema.enum ?? schema.anyOf?.flatMap(wordsOf) ?? [];
}

/** ajv's JSON pointer as a list of keys. */
function pathOf({ instancePath }: ErrorObject): string[] {
  const keys = instancePath.split('/').slice(1);
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import type { ConfigFault } from '../errors.ts';
import type { Schema } from './dialect.ts';
import { faultsOf } from './sentences.ts';
import { walk } from './walk.ts';

/** The keywords of the dialect that are no checks. */
const ANNOTATIONS = [
  'aliasOf',
  'ignored',
  'journalpump',
  'lenient',
  'mandatory',
  'reads',
  'secret',
  'variants',
  'wanted',
  'writes',
] as const satisfies readonly (keyof Schema)[];

/** Checks a value against its declaration, fills the defaults into it, and returns what is wrong. */
export function validate(schema: Schema, value: unknown): ConfigFault[] {
  const faults = faultsOf(errorsOf(schema, value), []);
  // After the defaults are in; and only the kinds in use are compiled.
  walk(schema, value, ({ path, value: variant, check }) => {
    if (check) faults.push(...faultsOf(errorsOf(check, variant), path));
  });
  return faults;
}

function errorsOf(schema: Schema, value: unknown): readonly ErrorObject[] {
  const check = (ajv ??= createAjv()).compile(schema);
  check(value);
  return check.errors ?? [];
}

let ajv: Ajv | undefined;

/** Tests check the declarations against the meta-schema, so that not every start has to. */
function createAjv(): Ajv {
  const created = new Ajv({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    meta: false,
    validateSchema: false,
    // What runs once need not be optimised: that takes half of the time to compile.
    code: { optimize: false },
  });
  created.addVocabulary([...ANNOTATIONS]);
  return created;
}

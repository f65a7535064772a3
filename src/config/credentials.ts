import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { ConfigFault } from '../errors.ts';
import { keepSecret, withoutSecrets } from '../secrets.ts';
import type { Schema } from './dialect.ts';
import { faultAt, quoted } from './faults.ts';
import { readSecretFile } from './secret-file.ts';
import { childOf, declared, isJsonObject, kindFor, variantOf } from './walk.ts';
import type { JsonObject } from './walk.ts';

const KINDS = ['credential', 'file', 'env'] as const;

/** A string option whose value stands elsewhere, and where it is put. */
interface Reference {
  readonly path: readonly string[];
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  /** The option is declared a secret. */
  readonly isSecret: boolean;
  set(value: string): void;
}

/** A reference as it stands in a config, at a dotted path. */
export type FoundReference = Pick<Reference, 'kind' | 'name' | 'isSecret'> & { readonly path: string };

/** What `resolveCredentials` did. */
export interface Resolved {
  readonly faults: readonly ConfigFault[];
  /** Dotted paths of the options whose values came from elsewhere. */
  readonly paths: ReadonlySet<string>;
}

/** Puts the values of `{"credential": …}`, `{"file": …}` and `{"env": …}` where strings are wanted; they are secret from then on. */
export async function resolveCredentials(schema: Schema, config: unknown): Promise<Resolved> {
  const faults: ConfigFault[] = [];
  const paths = new Set<string>();
  const resolveAll = async (references: readonly Reference[]): Promise<void> => {
    for (const reference of references) {
      paths.add(faultAt(reference.path, '').path);
      try {
        const value = await valueOf(reference);
        keepSecret(value, reference.isSecret);
        reference.set(value);
      } catch (error) {
        faults.push(faultAt(reference.path, messageOf(error)));
        reference.set('missing');
      }
    }
  };
  // Twice: which keys a sender has is known once its `output_type` is.
  await resolveAll(referencesIn(schema, config, []));
  await resolveAll(referencesIn(schema, config, []));
  return { faults, paths };
}

/** The references in a config, before they are resolved: where each stands and what it names. */
export function findReferences(schema: Schema, config: unknown): FoundReference[] {
  return referencesIn(schema, config, []).map(({ path, kind, name, isSecret }) => {
    return { path: faultAt(path, '').path, kind, name, isSecret };
  });
}

/** The faults without the values that came from elsewhere, and without what only follows from a missing one. */
export function hideCredentials(faults: readonly ConfigFault[], resolved: Resolved): ConfigFault[] {
  const missing = new Set(resolved.faults.map(({ path }) => path));
  return faults
    .filter((fault) => !missing.has(fault.path) || resolved.faults.includes(fault))
    .map((fault) => {
      if (missing.has(fault.path)) return fault;
      if (!resolved.paths.has(fault.path)) return { ...fault, message: withoutSecrets(fault.message) };
      const wanted = /^(must be [^]*?), got /.exec(fault.message)?.[1];
      return { ...fault, message: `the value it names cannot be used${wanted === undefined ? '' : `: it ${wanted}`}` };
    });
}

function referencesIn(
  schema: Schema | undefined,
  value: unknown,
  path: readonly string[],
  set?: Reference['set'],
): Reference[] {
  if (schema === undefined || typeof value !== 'object' || value === null) return [];
  const reference = set && takesText(schema) ? referenceOf(value) : undefined;
  if (reference !== undefined) return [{ ...reference, path, isSecret: schema.secret === true, set: set! }];
  const kind = kindFor(schema, value);
  const object = isJsonObject(value) && kind.variants ? variantOf(kind.variants, value) : kind;
  return Object.entries(value).flatMap(([key, child]) => {
    const replace = (text: string): void => {
      (value as JsonObject)[key] = text;
    };
    return referencesIn(Array.isArray(value) ? kind.items : childOf(object, key), child, [...path, key], replace);
  });
}

function takesText({ type, anyOf, ignored }: Schema): boolean {
  return ignored === undefined && (type === 'string' || anyOf?.some(takesText) === true);
}

function referenceOf(value: object): Pick<Reference, 'kind' | 'name'> | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 1) return undefined;
  const kind = KINDS.find((word) => typeof declared(value, word) === 'string');
  return kind && { kind, name: value[kind] as string };
}

/** The value that a reference names. Throws an Error with a sentence. */
export async function valueOf({ kind, name }: Pick<Reference, 'kind' | 'name'>): Promise<string> {
  if (name === '' || name.includes('\0')) throw new Error(`"${kind}" must be a name`);
  if (kind === 'env') {
    const value = process.env[name];
    if (value === undefined || value === '') throw new Error(`the environment has no variable ${quoted(name)}`);
    return value;
  }
  if (kind === 'file') return readSecretFile(name, `the file ${quoted(name)}`);
  return readSecretFile(credentialPath(name), `the credential ${quoted(name)}`);
}

/** Where systemd has put a credential. Throws an Error with a sentence. */
function credentialPath(name: string): string {
  const folder = process.env['CREDENTIALS_DIRECTORY'];
  if (name.includes('/') || name === '.' || name === '..')
    throw new Error(`${quoted(name)} is no name of a credential`);
  if (folder === undefined || folder === '')
    throw new Error(
      `there is no credential ${quoted(name)}: $CREDENTIALS_DIRECTORY is not set; use LoadCredential= in the unit`,
    );
  return join(folder, name);
}

/** Carries an option's type from its declaration to `ConfigOf`; never there at run time. */
declare const valueType: unique symbol;

/** What every option says about itself; the reference page and editors show it. */
export interface Facts {
  /** What the option does, in a sentence or two of Markdown. */
  readonly description: string;
  /** Where journalpump differs, for those who move a config. */
  readonly journalpump?: string;
  /** Never show the value: not in a log, not in a message, not in a dump. */
  readonly secret?: true;
}

/** An option as data: the part of JSON Schema that journalbridge uses, and a few keywords of its own. */
export interface Schema extends Facts {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly propertyNames?: { readonly pattern: string; readonly wanted: string };
  /** The phrase for "must be …" where the keywords alone read badly. */
  readonly wanted?: string;
  /** The key must be there. */
  readonly mandatory?: true;
  /** The key is accepted and dropped with this sentence as warning. */
  readonly ignored?: string;
  /** A value of another type is dropped with a warning instead of being refused. */
  readonly lenient?: true;
  /** The key of the same object that this one is another name of. */
  readonly aliasOf?: string;
  /** The value is the path of a file that is written, or a template of such paths: no two options may name the same. */
  readonly writes?: true | 'templates';
  /** The value is the path of a file that is read for each connection: one that has changed is a change of the config. */
  readonly reads?: true;
  /** The object's keys depend on the value of its key `tag`. */
  readonly variants?: {
    readonly tag: string;
    readonly open: Schema;
    readonly closed: Readonly<Record<string, Schema>>;
  };
}

/** A declared option: its schema, and the type of its checked value. `Present`: the key is always there. */
export interface Option<T = unknown, Present extends boolean = boolean> extends Schema {
  readonly [valueType]?: { readonly value: T; readonly present: Present };
}

/** Options by key. */
export type Options = Readonly<Record<string, Option>>;

/** An option whose value is an object with known keys. */
export interface ObjectOption<Keys extends Options = Options> extends Option<ValuesOf<Keys>, false> {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

/** The type of an option's checked value: keys with a default and required ones are there, others may be missing. */
export type ConfigOf<O extends Option> = O extends Option<infer T> ? T : never;

type Flat<T> = { readonly [K in keyof T]: T[K] };
type IsDropped<O extends Option> = [ConfigOf<O>] extends [never] ? true : false;
type IsPresent<O extends Option> = O extends Option<unknown, true> ? true : false;
type PresentKey<K, O extends Option> = IsDropped<O> extends true ? never : IsPresent<O> extends true ? K : never;
type OptionalKey<K, O extends Option> = IsDropped<O> extends true ? never : IsPresent<O> extends true ? never : K;

/** The checked values of options by key. */
export type ValuesOf<Keys extends Options> = Flat<
  { [K in keyof Keys as PresentKey<K, Keys[K]>]: ConfigOf<Keys[K]> } & {
    [K in keyof Keys as OptionalKey<K, Keys[K]>]?: ConfigOf<Keys[K]> | undefined;
  }
>;

interface Range {
  readonly minimum?: number;
  readonly maximum?: number;
}

interface TextFacts extends Facts {
  readonly mayBeEmpty?: true;
  /** An ECMAScript pattern for the whole value; `wanted` says it in words. */
  readonly pattern?: string;
  readonly wanted?: string;
  readonly writes?: true | 'templates';
  readonly reads?: true;
}

/** A string; not empty unless said so, and without NUL, which neither a path nor an argument can hold. */
export function text({ mayBeEmpty, ...facts }: TextFacts): Option<string, false> {
  return { type: 'string', minLength: mayBeEmpty ? 0 : 1, pattern: '^[^\\u0000]*$', ...facts };
}

/** A whole number. */
export function integer(facts: Facts & Range): Option<number, false> {
  return { type: 'integer', ...facts };
}

/** A number, with a fraction if need be. */
export function number(facts: Facts & Range): Option<number, false> {
  return { type: 'number', ...facts };
}

/** True or false. */
export function boolean(facts: Facts): Option<boolean, false> {
  return { type: 'boolean', ...facts };
}

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[], facts: Facts): Option<T, false> {
  return { type: 'string', enum: words, ...facts };
}

/** One of a few words, written in upper or lower case or mixed. */
export function anyCaseChoice(words: readonly string[], facts: Facts): Option<string, false> {
  const anyCase = (letter: string): string => `[${letter.toLowerCase()}${letter.toUpperCase()}]`;
  const pattern = `^(${words.map((word) => word.replace(/[a-z]/gi, anyCase)).join('|')})$`;
  return { type: 'string', pattern, wanted: `one of ${words.map((word) => `"${word}"`).join(', ')}`, ...facts };
}

/** A list of values of one kind. */
export function list<T>(items: Option<T>, facts: Facts & { readonly minItems?: number }): Option<readonly T[], false> {
  return { type: 'array', items, ...facts };
}

/** An object with known keys; any other key is a fault. */
export function object<const Keys extends Options>(keys: Keys, facts: Facts): ObjectOption<Keys> {
  const names = Object.keys(keys);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, withoutAlias(keys, name)])),
    required: names.filter((name) => keys[name]?.mandatory === true),
    additionalProperties: false,
    ...facts,
  };
}

/** An object whose keys the user names; `names` limits them. */
export function map<T>(
  values: Option<T>,
  facts: Facts & { readonly names?: { readonly pattern: string; readonly wanted: string } },
): Option<Readonly<Record<string, T>>, false> {
  const { names, ...rest } = facts;
  return { type: 'object', additionalProperties: values, ...(names && { propertyNames: names }), ...rest };
}

/** A value of one of a few kinds. */
export function anyOf<O extends readonly Option[]>(kinds: O, facts: Facts): Option<ConfigOf<O[number]>, false> {
  return { anyOf: kinds, ...facts };
}

/** Any JSON value. */
export function anyJson(facts: Facts): Option<unknown, false> {
  return { ...facts };
}

/** An object of any JSON values. With `lenient`, anything else is dropped with a warning. */
export function anyObject(
  facts: Facts & { readonly lenient?: true },
): Option<Readonly<Record<string, unknown>>, false> {
  return { type: 'object', propertyNames: { pattern: '^(?!__proto__$)', wanted: 'another one' }, ...facts };
}

/** An object whose other keys depend on its key `tag`: the common ones, and those of the kind that `tag` names. */
export function variants<const Common extends Options>(
  tag: string,
  common: Common,
  kinds: Readonly<Record<string, ObjectOption>>,
  facts: Facts,
): Option<ValuesOf<Common> & Readonly<Record<string, unknown>>, false> {
  const tagOption = required(
    choice(Object.keys(kinds), { description: common[tag]?.description ?? facts.description }),
  );
  const keys = { ...common, [tag]: tagOption };
  const closed = ([kind, own]: [string, ObjectOption]): [string, Schema] => [
    kind,
    object({ ...keys, ...own.properties }, { description: own.description }),
  ];
  const { additionalProperties: _, ...open } = object(keys, facts);
  return {
    type: 'object',
    variants: { tag, open, closed: Object.fromEntries(Object.entries(kinds).map(closed)) },
    ...facts,
  };
}

/** The option, but its key must be there. */
export function required<T>(option: Option<T>): Option<T, true> {
  return { ...option, mandatory: true } as Option<T, true>;
}

/** The option with the value it has when its key is left out. */
export function withDefault<T>(value: NoInfer<T>, option: Option<T>): Option<T, true> {
  return { ...option, default: value } as Option<T, true>;
}

/** Another name of the key `target` of the same object; the checked config knows only `target`. */
export function alias(target: string, facts: Facts): Option<never, false> {
  return { aliasOf: target, ...facts };
}

/** A key that is accepted and has no effect; `why` becomes the warning. */
export function ignored(why: string): Option<never, false> {
  return { description: why, ignored: why };
}

/** An alias is checked like its target, but must not bring the target's default along. */
function withoutAlias(keys: Options, name: string): Schema {
  const option = keys[name]!;
  const target = option.aliasOf === undefined ? undefined : keys[option.aliasOf];
  if (target === undefined) return option;
  const { default: _, mandatory: __, ...checks } = target;
  return { ...checks, ...option };
}

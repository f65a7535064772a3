import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as dialect from './dialect.ts';
import type { ConfigOf, Schema } from './dialect.ts';

const { alias, anyOf, choice, ignored, integer, list, map, object, required, text, withDefault } = dialect;
const description = 'Something.';

const sample = object(
  {
    must: required(text({ description })),
    may: text({ description }),
    usual: withDefault(5, integer({ description, minimum: 1 })),
    words: withDefault('a', choice(['a', 'b'], { description })),
    mixed: anyOf([choice(['x'], { description }), integer({ description })], { description }),
    parts: withDefault([], list(object({ name: required(text({ description })) }, { description }), { description })),
    named: required(map(integer({ description }), { description })),
    other: alias('usual', { description }),
    dead: ignored('nobody reads it'),
  },
  { description },
);

type Equal<A, B> = [A, B] extends [B, A] ? true : false;

test('the type of a checked value follows from its declaration', () => {
  const isAsDeclared: Equal<
    ConfigOf<typeof sample>,
    {
      readonly must: string;
      readonly usual: number;
      readonly words: 'a' | 'b';
      readonly parts: readonly { readonly name: string }[];
      readonly named: Readonly<Record<string, number>>;
      readonly may?: string | undefined;
      readonly mixed?: 'x' | number | undefined;
    }
  > = true;

  assert.ok(isAsDeclared);
});

test('a declaration without a description or with a wrong fact does not compile', () => {
  // @ts-expect-error -- no description
  text({});
  // @ts-expect-error -- no description in an element
  list(integer({}), { description });
  // @ts-expect-error -- not a fact of a string
  text({ description, minimum: 1 });
  // @ts-expect-error -- the default is none of the words
  withDefault('c', choice(['a', 'b'], { description }));
  // @ts-expect-error -- the default has another type
  withDefault('5', integer({ description }));
});

test('an object requires its mandatory keys and closes itself', () => {
  assert.deepEqual(sample.required, ['must', 'named']);
  assert.equal((sample as Schema).additionalProperties, false);
});

test('an alias is checked like its target but brings no default', () => {
  assert.deepEqual(sample.properties['other'], { type: 'integer', minimum: 1, description, aliasOf: 'usual' });
});

test('a word in any case is one pattern', () => {
  const { pattern = '' } = dialect.anyCaseChoice(['WARN', 'A-B'], { description }) as Schema;

  for (const word of ['WARN', 'warn', 'Warn', 'a-B']) assert.match(word, new RegExp(pattern, 'u'));
  for (const word of ['', 'warning', 'xwarn', 'aB']) assert.doesNotMatch(word, new RegExp(pattern, 'u'));
});

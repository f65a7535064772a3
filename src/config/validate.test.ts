import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyOf, integer, list, map, object, required, text, variants } from './dialect.ts';
import { validate } from './validate.ts';

const description = 'Something.';
const password = text({ description, secret: true, pattern: '^[a-z]*$', wanted: 'lower-case letters' });

const sample = object(
  {
    password,
    passwords: list(password, { description }),
    either: anyOf([password, integer({ description })], { description }),
    users: map(object({ password: required(password) }, { description }), { description }),
  },
  { description },
);

const SECRET = 'HUNTER2';

const secrets: readonly (readonly [title: string, value: unknown])[] = [
  ['alone', { password: SECRET }],
  ['as a list', { password: [SECRET] }],
  ['as a key', { password: { [SECRET]: 1 } }],
  ['in a list', { passwords: ['a', SECRET] }],
  ['in place of a list', { passwords: { x: SECRET } }],
  ['among several kinds', { either: SECRET }],
  ['in an object', { users: { a: { password: SECRET } } }],
  ['under a misspelt key', { users: { a: { pasword: SECRET } } }],
];

for (const [title, value] of secrets) {
  test(`never shows a secret: ${title}`, () => {
    const faults = validate(sample, value);

    assert.ok(faults.length > 0);
    assert.doesNotMatch(JSON.stringify(faults), /HUNTER2/);
  });
}

test('says what kind of value a secret got', () => {
  assert.deepEqual(validate(sample, { password: SECRET }), [
    { path: 'password', message: 'must be lower-case letters, got a string' },
  ]);
});

test('a kind of object may declare a common key anew', () => {
  const kinds = { a: object({ level: integer({ description }) }, { description }), b: object({}, { description }) };
  const common = { type: required(text({ description })), level: text({ description }) };
  const sender = variants('type', common, kinds, { description });

  assert.deepEqual(validate(sender, { type: 'a', level: 1 }), []);
  assert.deepEqual(validate(sender, { type: 'b', level: 'x' }), []);
  assert.deepEqual(validate(sender, { type: 'a', level: 'x' }), [
    { path: 'level', message: 'must be an integer, got the string "x"' },
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { parseJson } from './parse-json.ts';

const VALUE_MISSING = 'a value is missing here; there is no comma after the last one';
const KEY_MISSING = 'a key in double quotes is missing here; there is no comma after the last one';
const NO_VALUE = 'this is no JSON value; strings and keys need double quotes';
const NO_COMMENT = 'JSON has no comments; remove this one';
const CONTROL = 'this string has a control character, such as a tab; write it as \\t or \\u0009';
const OPEN_STRING = 'this string has no closing double quote in its line';

const broken: readonly (readonly [title: string, text: string, place: string, sentence: string])[] = [
  ['nothing', '', 'line 1, column 1', VALUE_MISSING],
  ['white space', '  \n ', 'line 2, column 2', VALUE_MISSING],
  ['a comma after the last key', '{\n  "a": 1,\n}', 'line 3, column 1', KEY_MISSING],
  ['a comma after the last element', '{\n  "a": [1, ]\n}', 'line 2, column 12', VALUE_MISSING],
  ['a missing comma', '{"a": 1\n "b": 2}', 'line 2, column 2', 'a comma is missing before this'],
  ['a missing colon', '{"a" 1}', 'line 1, column 6', 'a colon is missing between key and value'],
  ['a missing value', '{"a": }', 'line 1, column 7', VALUE_MISSING],
  ['a missing brace', '{"a": 1\n', 'line 2, column 1', 'a closing brace "}" is missing'],
  ['a missing bracket', '[1', 'line 1, column 3', 'a closing bracket "]" is missing'],
  ['a missing quote', '{"a": "b\n}', 'line 1, column 7', OPEN_STRING],
  ['single quotes', "{'a': 1}", 'line 1, column 2', NO_VALUE],
  ['a bare word', '{"a": yes}', 'line 1, column 7', NO_VALUE],
  ["Python's True", '{"a": True}', 'line 1, column 7', NO_VALUE],
  ['NaN', '{"a": NaN}', 'line 1, column 7', NO_VALUE],
  ['a line comment', '{\n  // why\n  "a": 1}', 'line 2, column 3', NO_COMMENT],
  ['a block comment', '{"a": /* why */ 1}', 'line 1, column 7', NO_COMMENT],
  ['half a number', '{"a": 1.}', 'line 1, column 7', 'this number lacks its last digits'],
  ['a raw tab', '{"a": "\t"}', 'line 1, column 7', CONTROL],
  [
    'a strange escape',
    '{"a": "C:\\q"}',
    'line 1, column 7',
    'this string has a backslash that escapes nothing; a backslash itself is written \\\\',
  ],
  [
    'half a code',
    '{"a": "\\u12"}',
    'line 1, column 7',
    'this string has a \\u that is not followed by four hexadecimal digits',
  ],
  ['a second value', '{}\n{}', 'line 2, column 1', 'there is something behind the end of the config'],
];

for (const [title, text, place, sentence] of broken) {
  test(`names the place of ${title}`, () => {
    assert.throws(
      () => parseJson('x.json', text),
      new ConfigError([{ path: '', message: `x.json: ${place}: ${sentence}` }]),
    );
  });
}

test('stays upright below a hundred thousand brackets', () => {
  for (const bracket of ['[', '{"a":']) {
    assert.throws(
      () => parseJson('x.json', `{"readers":\n${bracket.repeat(100_000)}`),
      new ConfigError([{ path: '', message: 'x.json: line 2: nested deeper than 100 levels' }]),
    );
  }
});

test('finds every key that is given twice', () => {
  const text = '{"a": {"k": 1,\n"k": 2},\n"b": [{"x": 1, "x": 1}],\n"a": 1, "c": {"a": 1}}';

  const { faults } = parseJson('x.json', text);

  assert.deepEqual(faults, [
    { path: 'a', message: 'the key "k" is given twice, in lines 1 and 2; keep one' },
    { path: 'b.0', message: 'the key "x" is given twice in line 3; keep one' },
    { path: '', message: 'the key "a" is given twice, in lines 1 and 4; keep one' },
  ]);
});

test('keys may repeat in different objects', () => {
  assert.deepEqual(parseJson('x.json', '{"a": {"a": [{"a": 1}, {"a": 1}]}}').faults, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completePluginParams, taskIdOf } from './plugin-params.ts';
import { dumps, repr } from './python.ts';

const written: readonly (readonly [unknown, string])[] = [
  [{ b: [1, 2.5, true, null], a: {} }, '{"b": [1, 2.5, true, null], "a": {}}'],
  ['é😀\n"\u007f', '"\\u00e9\\ud83d\\ude00\\n\\"\u007f"'],
  [[], '[]'],
];
for (const [value, text] of written) {
  test(`dumps ${text}`, () => {
    assert.equal(dumps(value), text);
  });
}

test('sorts keys by code points, at every depth', () => {
  assert.equal(
    dumps({ b: { d: 1, c: 2 }, '\u{10000}': 1, '\uffff': 2, B: 3 }, { sortKeys: true }),
    '{"B": 3, "b": {"c": 2, "d": 1}, "\\uffff": 2, "\\ud800\\udc00": 1}',
  );
});

const shown: readonly (readonly [unknown, string])[] = [
  ["it's", `"it's"`],
  [`it's "it"`, `'it\\'s "it"'`],
  [{ a: null, b: [true, 1] }, "{'a': None, 'b': [True, 1]}"],
];
for (const [value, text] of shown) {
  test(`shows ${text}`, () => {
    assert.equal(repr(value), text);
  });
}

test('the id of a task is the one that the real manager gave it', () => {
  const params = completePluginParams({ mapping_parameters: {}, custom_parameters: { units: ['ssh.service'] } });

  const id = taskIdOf('ecd627848c50a26f741000522eeda3cd36e823d2', 'test_operation', params);

  assert.equal(id, 'a8c0a71ce9153528b5da39cf68ff037d639c325f');
});

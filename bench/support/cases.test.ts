import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASES, judge } from './cases.ts';
import type { Value } from './read-back.ts';

const BINARY = Buffer.from('bytes \0 nul caf\xe9 \xff\xfe', 'latin1');

const verdicts: readonly [title: string, found: Value, verdict: string][] = [
  ['UTF-8', 'Größe, 日本語のログ, 🚀', 'exact'],
  ['UTF-8', 'Grosse', 'altered'],
  ['UTF-8', undefined, 'missing'],
  ['20 kB', null, 'null'],
  ['20 kB', 'long xxxx', 'cut after 9 characters'],
  ['binary, with NUL', BINARY, 'exact'],
  ['binary, with NUL', [...BINARY], 'exact, as numbers'],
  ['binary, with NUL', "b'bytes \\x00 nul caf\\xe9 \\xff\\xfe'", 'exact, as Python writes bytes'],
  ['binary, with NUL', 'bytes ', 'cut at the NUL'],
  ['binary, with NUL', 'bytes  nul caf\ufffd', 'altered'],
  ['three values', ['a', 'b', 'c'], 'exact'],
  ['three values', 'c', 'last value only'],
  ['three values', 'a', 'first value only'],
  ['three values', ['a', 'c'], 'altered'],
];

for (const [title, found, verdict] of verdicts) {
  test(`${title}: ${found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 40)} is ${verdict}`, () => {
    const kind = CASES.find((each) => each.title === title)!;

    assert.equal(judge(kind, { isValid: true, get: () => found }), verdict);
  });
}

test('a line that is no valid UTF-8 is told', () => {
  assert.equal(judge(CASES[0]!, { isValid: false, get: () => 'x' }), 'altered, line is no valid UTF-8');
});

test('an entry that is not there is lost', () => {
  assert.equal(judge(CASES[0]!, undefined), 'entry lost');
});

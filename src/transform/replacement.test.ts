import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PatternError } from './pattern/error.ts';
import { compilePattern, replaceAll } from './pattern/pattern.ts';
import { parseReplacement } from './replacement.ts';

const source = '(?P<key>k+)(=)(?P<value>v+)?';

// The second column is what CPython 3.11's `re.sub` puts for the match of the pattern above in `kk=vv`.
const table = [
  ['', ''],
  ['plain ä🚀', 'plain ä🚀'],
  ['\\1', 'kk'],
  ['\\1\\2\\3', 'kk=vv'],
  ['\\g<1>0', 'kk0'],
  ['\\g<key>\\g<2>x', 'kk=x'],
  ['<\\g<0>>', '<kk=vv>'],
  ['\\g<03>', 'vv'],
  ['$1 $$ $& ${key}', '$1 $$ $& ${key}'],
  ['\\\\1', '\\1'],
  ['\\n\\t\\r\\a\\b\\f\\v', '\n\t\r\x07\b\f\v'],
  ['\\0', '\0'],
  ['\\08', '\x008'],
  ['\\07', '\x07'],
  ['\\101\\377', 'Aÿ'],
  ['\\.\\-\\ ', '\\.\\-\\ '],
  ['\\g<value>\\g<value>', 'vvvv'],
] as const;

for (const [template, expected] of table) {
  test(`${JSON.stringify(template)} puts what it puts in Python`, () => {
    const pattern = compilePattern(source);
    const replaced = replaceAll(pattern, parseReplacement(template, pattern), Buffer.from('<kk=vv>'));

    assert.equal(replaced?.value.toString() ?? '<kk=vv>', `<${expected}>`);
  });
}

test('a group that took no part is empty', () => {
  const pattern = compilePattern(source);

  const replaced = replaceAll(pattern, parseReplacement('[\\3\\g<value>]', pattern), Buffer.from('k='));

  assert.equal(replaced?.value.toString(), '[]');
});

const bad = [
  ['\\4', 'the pattern has no group 4: it has 3 (character 1 of the replacement)'],
  ['x\\12', 'the pattern has no group 12: it has 3 (character 2 of the replacement)'],
  ['\\g<9>', 'the pattern has no group 9: it has 3 (character 1 of the replacement)'],
  ['\\g<nix>', 'the pattern has no group named "nix" (character 1 of the replacement)'],
  ['\\g<-1>', 'the pattern has no group named "-1" (character 1 of the replacement)'],
  ['\\g', '\\g is not followed by a group in angle brackets (character 1 of the replacement)'],
  ['\\g<>', '\\g is not followed by a group in angle brackets (character 1 of the replacement)'],
  ['\\g<1', '\\g is not followed by a group in angle brackets (character 1 of the replacement)'],
  ['\\q', '\\q is not an escape that Python knows (character 1 of the replacement)'],
  ['\\x41', '\\x is not an escape that Python knows (character 1 of the replacement)'],
  ['\\400', '\\400 is beyond \\377, the last octal escape (character 1 of the replacement)'],
  ['a\\', 'a backslash at the end has nothing to escape (character 2 of the replacement)'],
] as const;

for (const [template, sentence] of bad) {
  test(`says what is wrong with ${template}`, () => {
    assert.throws(() => parseReplacement(template, compilePattern(source)), new PatternError(sentence));
  });
}

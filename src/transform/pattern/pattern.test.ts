import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { patterns, texts } from '../../../test/support/patterns.ts';
import { PatternError } from './error.ts';
import { compileGate, compilePattern, hasMatch, matchStart, replaceAll, searchText } from './pattern.ts';
import { parseReplacement } from '../replacement.ts';

function replace(source: string, template: string, text: string | Buffer): Buffer {
  const pattern = compilePattern(source);
  const value = Buffer.from(text as string);
  return replaceAll(pattern, parseReplacement(template, pattern), value)?.value ?? value;
}

// The third column is what `re.sub(pattern, r'<\g<0>>', text)` of CPython 3.11 gives.
const table = [
  ['(?P<key>pass)(?P<sep>=)\\S+', 'pass=x pass=y z', '<pass=x> <pass=y> z'],
  ['x*', 'abxd', '<>a<>b<x><>d<>'],
  ['', 'ab', '<>a<>b<>'],
  ['$', 'a\n', 'a<>\n<>'],
  ['a$', 'a\n', '<a>\n'],
  ['a$', 'a\nb', 'a\nb'],
  ['a\\Z', 'a\n', 'a\n'],
  ['\\s+$', 'x \n', 'x< \n>'],
  ['(?s).*$', 'a\n', '<a\n><>'],
  ['(a$)|b', 'ba\n', '<b><a>\n'],
  ['(?m)^a$', 'a\na\nb', '<a>\n<a>\nb'],
  ['(?m)$', 'a\n', 'a<>\n<>'],
  ['^', 'a\nb', '<>a\nb'],
  ['\\Aa', 'aa', '<a>a'],
  ['.', 'a\nä🚀', '<a>\n<ä><🚀>'],
  ['(?s).', 'a\n', '<a><\n>'],
  ['\\d+', '1٣x²', '<1٣>x²'],
  ['\\w+', 'größe_1 日本!٣', '<größe_1> <日本>!<٣>'],
  ['\\W', 'ä-a', 'ä<->a'],
  ['\\s', 'a\u001c\u00a0\u2003b', 'a<\u001c><\u00a0><\u2003>b'],
  ['\\S+', 'ä\u00a0b', '<ä>\u00a0<b>'],
  ['\\D', '1٣x', '1٣<x>'],
  ['[\\w-]+', 'ä-b c', '<ä-b> <c>'],
  ['[^\\W\\d]+', 'ä1b_ ', '<ä>1<b_> '],
  ['[^\\w\\s]', 'ä b-', 'ä b<->'],
  ['[\\W]', 'aä-', 'aä<->'],
  ['[\\D]', '1a', '1<a>'],
  ['[\\S\\n]+', 'a b\n', '<a> <b\n>'],
  ['[[:alpha:]]', 'a]:]h]', '<a]><:]><h]>'],
  ['[]a]+', 'a]b', '<a]>b'],
  ['[^]a]', 'a]b', 'a]<b>'],
  ['[a\\]b]+', 'a]bc', '<a]b>c'],
  ['[a-]+', 'a-b', '<a->b'],
  ['[\\b]', 'a\bb', 'a<\b>b'],
  ['[\\x41-C]+', 'ABCD', '<ABC>D'],
  ['[a\\-z]+', 'a-zb', '<a-z>b'],
  ['[&&~~||]+', '&|~-a', '<&|~>-a'],
  ['[\\101]+', 'AB', '<A>B'],
  ['(?i)straße', 'STRASSE Straße STRAßE', 'STRASSE <Straße> <STRAßE>'],
  ['(?i)äÖ', 'Äö', '<Äö>'],
  ['(?i)k', 'k K K', '<k> <K> <K>'],
  ['(?ai)k', 'k K K', '<k> <K> K'],
  ['(?ai)[a-k]+', 'aKK', '<aK>K'],
  ['(?a)\\w+', 'aä1', '<a>ä<1>'],
  ['(?a)\\s', 'a\u00a0 b', 'a\u00a0< >b'],
  ['(?a)\\d', '1٣', '<1>٣'],
  ['(?u)\\w', 'ä', '<ä>'],
  ['(?i:a)b', 'Ab AB ab', '<Ab> AB <ab>'],
  ['(?i)a(?-i:b)', 'AB Ab', 'AB <Ab>'],
  ['(?s:a.)b.', 'a\nb\nab a\nbc', 'a\nb\nab <a\nbc>'],
  ['(?a:\\w)\\w', 'aä ää', '<aä> ää'],
  ['(?m:^)b', 'a\nb', 'a\n<b>'],
  ['(?x) a b # comment\n c', 'abc a b c', '<abc> a b c'],
  ['(?x)a [ ] \\ \\# b', 'a  #b', '<a  #b>'],
  ['(?x: a b )c d', 'abc d', '<abc d>'],
  ['(?x)a +', 'aaa', '<aaa>'],
  ['a(?#comment)b', 'ab', '<ab>'],
  ['(?i)(?m)^a', 'A\na', '<A>\n<a>'],
  ['a{2}', 'aaaa', '<aa><aa>'],
  ['a{,2}b', 'aab b', '<aab> <b>'],
  ['a{2,}', 'a aaa', 'a <aaa>'],
  ['a{,}b', 'aab', '<aab>'],
  ['a{1,2}?', 'aaa', '<a><a><a>'],
  ['a{x}', 'a{x}', '<a{x}>'],
  ['a{', 'a{', '<a{>'],
  ['{}', '{}', '<{}>'],
  ['a{1,', 'a{1,', '<a{1,>'],
  ['x{0}y', 'xy', 'x<y>'],
  ['(a|ab)(c|bcd)', 'abcd', '<abcd>'],
  ['a+?', 'aaa', '<a><a><a>'],
  ['(a*)*b', 'aab', '<aab>'],
  ['(?:a|b)+', 'abba', '<abba>'],
  ['((a)|(b))+', 'ab', '<ab>'],
  ['\\101\\x42\\u0043\\U00000044', 'ABCD', '<ABCD>'],
  ['\\0', '\u0000', '<\u0000>'],
  ['\\07', '\u0007', '<\u0007>'],
  ['\\.\\*\\/\\-\\ ', '.*/- ', '<.*/- >'],
  ['\\t\\n\\r\\f\\v\\a', '\t\n\r\f\u000b\u0007', '<\t\n\r\f\u000b\u0007>'],
  ['\\bfoo\\b', 'foo food foo', '<foo> food <foo>'],
  ['\\Boo', 'foo oo', 'f<oo> oo'],
  ['/a/', '/a/', '</a/>'],
  ['"\\\'', '"\'', '<"\'>'],
  ['\\$\\^', '$^', '<$^>'],
  ['日本|🚀', '日本🚀', '<日本><🚀>'],
] as const;

for (const [source, text, expected] of table) {
  test(`${JSON.stringify(source)} matches in ${JSON.stringify(text)} what it does in Python`, () => {
    assert.equal(replace(source, '<\\g<0>>', text).toString(), expected);
  });
}

// Neighbours of words beyond ASCII; the third column is Python's, too, but for what is marked.
const boundaries = [
  ['password=\\w+\\b', 'password=äöü x', '<password=äöü> x'],
  ['\\b\\w+@', 'xärger@ ärger@', '<xärger@> <ärger@>'],
  ['\\bä\\w+', 'xäa äa', 'xäa <äa>'],
  ['\\b\\d{16}\\b', '12345678901234567890 1234567890123456', '12345678901234567890 <1234567890123456>'],
  ['(\\w+)\\b', 'aä–b', '<aä>–<b>'],
  ['(?:\\w*|-)\\b=', 'ä= = -=', '<ä=> = -='],
  ['=\\b\\w*', '=ä = =a', '<=ä> = <=a>'],
  ['=\\b\\w*?x', '=äx =x', '<=äx> <=x>'],
  ['\\b(?:[äö]|b+)\\b', 'ä aä bb ö-', '<ä> aä <bb> <ö>-'],
  ['(?:-?\\w+)+\\b', 'ä-ö- b', '<ä-ö>- <b>'],
  ['(?:-?\\w+){,2}?\\b;', 'ä-ö; -;', '<ä-ö;> -;'],
  ['[^\\s]+\\b', 'abc) äö) ', '<abc>) <äö>) '],
  ['(?i)\\bÄ\\b', 'ä xä Ä', '<ä> xä <Ä>'],
  ['(?a)\\bb', 'äb', 'ä<b>'],
  ['\\bAKIA[0-9A-Z]{4}\\b', 'xAKIA1234 AKIA1234 AKIA12345', 'xAKIA1234 <AKIA1234> AKIA12345'],
  ['\\b', 'a b', '<>a<> <>b<>'],
  // Python: `äfoo`.
  ['\\bfoo', 'äfoo', 'ä<foo>'],
  // Python: `<äö>`.
  ['\\w+?\\b', 'äö', '<ä><ö>'],
] as const;

for (const [source, text, expected] of boundaries) {
  test(`${JSON.stringify(source)} knows where words end in ${JSON.stringify(text)}`, () => {
    assert.equal(replace(source, '<\\g<0>>', text).toString(), expected);
  });
}

const refused = [
  ['(?=a)', '(?= is a look-ahead'],
  ['(?!a)', '(?! is a look-ahead'],
  ['x(?<=a)', '(?<= is a look-behind'],
  ['(?<!a)', '(?<! is a look-behind'],
  ['(a)\\1', '\\1 is a back-reference'],
  ['(?P<q>a)(?P=q)', '(?P= is a back-reference'],
  ['(a)?(?(1)b|c)', '(?( is a conditional'],
  ['(?>a)', '(?> is an atomic group'],
  ['a*+', '*+ is a possessive quantifier'],
  ['a{1,2}+', '{1,2}+ is a possessive quantifier'],
] as const;

for (const [source, sentence] of refused) {
  test(`refuses ${source} and says that RE2 cannot do it`, () => {
    assert.throws(
      () => compilePattern(source),
      (error) => error instanceof PatternError && error.message.startsWith(sentence) && error.message.includes('RE2'),
    );
  });
}

const bad = [
  ['(a', 'the group that ( opens is not closed (character 1 of the pattern)'],
  ['a)', 'a ) closes no group (character 2 of the pattern)'],
  ['[a', 'the set that [ opens is not closed (character 1 of the pattern)'],
  ['[]', 'the set that [ opens is not closed (character 1 of the pattern)'],
  ['*a', '* has nothing to repeat (character 1 of the pattern)'],
  ['a|*', '* has nothing to repeat (character 3 of the pattern)'],
  ['^*', '* has nothing to repeat (character 2 of the pattern)'],
  ['{2}', '{2} has nothing to repeat (character 1 of the pattern)'],
  ['a**', '* repeats a repetition; put what it repeats into (?:…) (character 3 of the pattern)'],
  ['a{2}{3}', '{3} repeats a repetition; put what it repeats into (?:…) (character 5 of the pattern)'],
  ['a{3,2}', '{3,2} has its larger number first (character 2 of the pattern)'],
  ['a{1001}', '{1001} is beyond RE2, which counts repetitions up to 1000 (character 2 of the pattern)'],
  ['a\\', 'a backslash at the end of the pattern has nothing to escape (character 2 of the pattern)'],
  ['\\y', '\\y is not an escape that Python knows (character 1 of the pattern)'],
  ['[\\A]', '\\A is not an escape that Python knows (character 2 of the pattern)'],
  ['[\\8]', '\\8 is not an escape that Python knows (character 2 of the pattern)'],
  [
    '\\N{BULLET}',
    '\\N{…}, a character by its name, is not known here: write it as \\uXXXX (character 1 of the pattern)',
  ],
  ['\\x1', '\\x1 has fewer than 2 hexadecimal digits (character 1 of the pattern)'],
  ['\\u12', '\\u12 has fewer than 4 hexadecimal digits (character 1 of the pattern)'],
  ['\\ud800', '\\ud800 is no character (character 1 of the pattern)'],
  ['\\U00110000', '\\U00110000 is no character (character 1 of the pattern)'],
  ['\\777', '\\777 is beyond \\377, the last octal escape (character 1 of the pattern)'],
  ['[b-a]', 'a range in brackets does not go from a lower character to a higher one (character 2 of the pattern)'],
  ['[a-\\d]', 'a range in brackets does not go from a lower character to a higher one (character 2 of the pattern)'],
  [
    '(?P<1>a)',
    '"1" is no name for a group: letters, digits and underscores, no digit first (character 5 of the pattern)',
  ],
  ['(?P<a', 'the name of a group is not closed with > (character 5 of the pattern)'],
  ['(?P<a>x)(?P<a>y)', 'two groups have the name a (character 15 of the pattern)'],
  ['(?<a>x)', '(?<name>…) is not Python: write (?P<name>…) (character 1 of the pattern)'],
  ['a(?i)', 'flags for the whole pattern must stand at its start (character 2 of the pattern)'],
  ['(?L)', "the flag L (the locale's letters) is only for patterns on bytes (character 3 of the pattern)"],
  ['(?q)', 'q is not a flag that can stand here (character 3 of the pattern)'],
  ['(?au)', 'the flags a and u exclude each other (character 3 of the pattern)'],
  ['(?i-i:a)', 'the flag i is turned on and off at once (character 3 of the pattern)'],
  ['(?-a:a)', 'a is not a flag that can stand here (character 3 of the pattern)'],
  ['(?:(?-i)a)', '(?-i) is no group or flag that Python knows (character 4 of the pattern)'],
  ['(?#a', 'the comment that (?# opens is not closed (character 1 of the pattern)'],
  ['(?P>a)', '(?P> is no group or flag that Python knows (character 1 of the pattern)'],
  ['('.repeat(300), 'groups are nested more than 200 deep (character 201 of the pattern)'],
] as const;

for (const [source, sentence] of bad) {
  test(`says what is wrong with ${source.slice(0, 20)}`, () => {
    assert.throws(() => compilePattern(source), new PatternError(sentence));
  });
}

test('says so when RE2 itself does not take a pattern', () => {
  assert.throws(() => compilePattern('(?:(?:x{100}){100}){100}'), /^PatternError: RE2 does not take the pattern: /);
});

test('finds the named groups that take part', () => {
  const pattern = compilePattern('(?P<user>\\w+)@(?P<host>[a-z.]+)(:(?P<port>\\d+))?');

  assert.deepEqual(
    [...searchText(pattern, Buffer.from('to jürgen@example.test!'))!],
    [
      ['user', 'jürgen'],
      ['host', 'example.test'],
    ],
  );
  assert.equal(searchText(pattern, Buffer.from('nobody')), undefined);
});

test('a named group does not take in the newline that $ stands before', () => {
  const pattern = compilePattern('(?P<all>a$)');

  assert.deepEqual([...searchText(pattern, Buffer.from('a\n'))!], [['all', 'a']]);
});

test('replaces in bytes that are not UTF-8 and leaves the others as they are', () => {
  const value = Buffer.from('\xff password=geh\xe9im\x85x\xa0y rest \xfe ä', 'latin1');

  assert.deepEqual(
    replace('(password=)\\S+', '\\1…', value),
    Buffer.concat([Buffer.from('\xff password=', 'latin1'), Buffer.from('…'), Buffer.from(' rest \xfe ä', 'latin1')]),
  );
  assert.deepEqual(replace('\\w+', '', Buffer.from('a\xe9\x80b-', 'latin1')), Buffer.from('-'));
  assert.deepEqual(
    replace('ä', 'x', Buffer.concat([Buffer.from('ä'), Buffer.from('\xe4\xff', 'latin1')])),
    Buffer.from('xx\xff', 'latin1'),
  );
  assert.deepEqual(replace('b', 'x', Buffer.from('a\xffb', 'latin1')), Buffer.from('a\xffx', 'latin1'));
});

test('says that nothing changes when the replacement is what stood there', () => {
  const pattern = compilePattern('a+');

  assert.equal(replaceAll(pattern, parseReplacement('\\g<0>', pattern), Buffer.from('aab')), undefined);
  const replaced = replaceAll(pattern, parseReplacement('x', pattern), Buffer.from('aaba'));
  assert.deepEqual([replaced?.value.toString(), replaced?.count], ['xbx', 2]);
});

test('takes milliseconds for what keeps a backtracker busy for years', () => {
  const value = Buffer.alloc(100_000, 'x');
  const started = process.cpuUsage();

  for (const source of ['(x+x+)+y', '(x*)*y', '(?:x|x)*y', '(.*)*(.*)*y'])
    assert.equal(replace(source, '', value).length, value.length);

  assert.ok(process.cpuUsage(started).user < 1e6);
});

test('a gate lets nothing pass that its patterns match', () => {
  fc.assert(
    fc.property(
      fc.array(patterns, { minLength: 1, maxLength: 3 }),
      fc.array(texts, { maxLength: 5 }),
      (sources, values) => {
        const compiled = sources.map(compilePattern);
        const gate = compileGate(compiled);
        if (gate === undefined) return;

        for (const text of values) {
          const value = Buffer.from(text);
          const isMatched = compiled.some((pattern) => hasMatch(pattern, value));
          assert.ok(!isMatched || hasMatch(gate, value));
          const around = Buffer.concat([Buffer.from('b=ä'), value, Buffer.from('1a')]);
          assert.ok(!isMatched || matchStart(gate, around, 0) >= 0);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('there is no gate for patterns that match the empty text', () => {
  for (const source of ['', 'a*', 'a|', '^$', '(a?)', '\\b', '(?:a{0,3})']) {
    assert.equal(compileGate([compilePattern('x'), compilePattern(source)]), undefined);
  }
  assert.equal(compileGate([]), undefined);
});

test('a value with a match at every byte, each found by a look at all the rest, does not take for ever', () => {
  const pattern = compilePattern('(x+x+)+y|x');
  const start = process.cpuUsage();

  const replaced = replaceAll(pattern, [Buffer.from('-')], Buffer.from('x'.repeat(300_000)));

  assert.ok(process.cpuUsage(start).user < 10e6);
  assert.equal(replaced?.isAbandoned, true);
  assert.doesNotMatch(replaced.value.toString(), /xx/);
});

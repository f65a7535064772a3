import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import micromatch from 'micromatch';
import { compileGlob } from './glob.ts';

const cases: readonly (readonly [glob: string, matching: readonly string[], others: readonly string[]])[] = [
  ['nginx.service', ['nginx.service'], ['nginxxservice', 'nginx.service ', 'Nginx.service', 'nginx.service\n', '']],
  ['nginx*', ['nginx', 'nginx.service', 'nginx/x', 'nginx\nx'], ['anginx', 'ngin']],
  ['*.service', ['a.service', '.service', '/.service'], ['a.services', 'a.socket']],
  ['app@*.service', ['app@1.service', 'app@.service', 'app@a-b.service'], ['app@1.socket']],
  [
    'app@?.service',
    ['app@1.service', 'app@/.service', 'app@ä.service', 'app@🚀.service'],
    ['app@.service', 'app@12.service'],
  ],
  ['*', ['', 'a', '.', '..', '.a', 'a/b', '/', 'a\nb'], []],
  ['a*b*c', ['abc', 'a/b/c', 'aXbbYc', 'abcbc'], ['ab', 'acb', 'abcd']],
  ['', [''], ['a', ' ']],
  ['[abc]x', ['ax', 'bx', 'cx'], ['x', 'dx', '[abc]x', 'abcx']],
  ['[a-c]', ['a', 'b', 'c'], ['d', '-', 'B']],
  ['[!a-c]', ['d', '-', '/', '.', '!', '\n'], ['a', 'c', '', 'dd']],
  ['[+-9]', ['+', '.', '/', '0', '9'], [':', 'a']],
  ['[]]', [']'], ['', '[]]']],
  ['[]a]', [']', 'a'], ['[']],
  ['[!]a]', ['b', '['], [']', 'a']],
  ['[a-]', ['a', '-'], ['b']],
  ['[-a]', ['a', '-'], ['b']],
  ['[!-a]', ['b'], ['a', '-']],
  ['[a-c-e]', ['a', 'b', 'c', '-', 'e'], ['d']],
  ['[--0]', ['-', '.', '/', '0'], ['1']],
  ['[a-ü]', ['b', 'z', '~', 'ü'], ['A', 'ý']],
  ['[[:alpha:]]', [':]', '[]', 'a]', 'p]'], ['a', 'b]']],
  ['user-[0-9]*.slice', ['user-1000.slice', 'user-1.slice'], ['user-.slice', 'user-x.slice']],
];

for (const [glob, matching, others] of cases) {
  test(`${JSON.stringify(glob)} matches as fnmatch does`, () => {
    const matches = compileGlob(glob);

    for (const text of matching) assert.ok(matches(text), `not ${JSON.stringify(text)}`);
    for (const text of others) assert.ok(!matches(text), JSON.stringify(text));
    for (const text of [...matching, ...others]) assert.equal(matches(text), fnmatch(glob)(text), 'the reference');
  });
}

// What the two libraries make of the same glob; the third column is what a journalpump user means.
const differences: readonly (readonly [why: string, glob: string, text: string, meant: boolean])[] = [
  ['a slash is a character', 'a*', 'a/b', true],
  ['also for "?"', 'a?b', 'a/b', true],
  ['also in a set', 'a[!x]b', 'a/b', true],
  ['also in a range', 'a[+-9]b', 'a/b', true],
  ['a dot in front is nothing special', '*', '.hidden', true],
  ['also for "?"', '?a', '.a', true],
  ['nothing is a text, too', '*', '', true],
  ['braces are characters', '{a,b}', 'a', false],
  ['and match themselves', '{a,b}', '{a,b}', true],
  ['extended globs do not exist', '+(a)', 'aaa', false],
  ['nor alternatives', '@(a|b)', 'a', false],
  ['nor exclusions', '!(a)', 'b', false],
  ['"!" in front negates nothing', '!a', 'b', false],
  ['and matches itself', '!a', '!a', true],
  ['"**" is "*"', 'a/**', 'a/b/.c', true],
  ['and need not stand between slashes', 'a**b', 'a/x/b', true],
  ['a backslash is a character', 'a\\*', 'a\\b', true],
  ['and hides nothing', 'a\\*', 'a*', false],
  ['units are full of them', 'dev-disk\\x2d*', 'dev-disk\\x2dby.device', true],
  ['"^" in a set is a member', '[^a]', '^', true],
  ['and negates nothing', '[^a]', 'b', false],
  ['classes do not exist', '[[:digit:]]', '1', false],
  ['an open set is text', 'a[b', 'a[b', true],
  ['parentheses are characters', 'a(b)', 'a(b)', true],
  ['and group nothing', 'a(b)', 'ab', false],
  ['"." is no "./"', './a', 'a', false],
  ['quotes are characters', '"a"', 'a', false],
  ['"$" and "+" are characters', 'a+$', 'a+$', true],
  ['a character outside the BMP is one', '?', '🚀', true],
  ['a final slash counts', 'a', 'a/', false],
];

for (const [why, glob, text, meant] of differences) {
  test(`where micromatch differs: ${why}: ${JSON.stringify(glob)} on ${JSON.stringify(text)}`, () => {
    assert.equal(compileGlob(glob)(text), meant);
    assert.equal(fnmatch(glob)(text), meant, 'the reference');
  });
}

test('micromatch alone would get most of these wrong', () => {
  const wrong = differences.filter(([, glob, text, meant]) => micromatch.makeRe(glob).test(text) !== meant);

  assert.ok(wrong.length >= 20, `only ${wrong.length}: ${wrong.map(([why]) => why).join(', ')}`);
});

for (const glob of ['[z-a]', 'x[!9-0]', '[a--]', '[ab-a]']) {
  test(`refuses ${glob}, whose range is the wrong way round`, () => {
    assert.throws(() => compileGlob(glob), /^Error: the range ".-." is the wrong way round: nothing is in it$/);
  });
}

test('refuses a glob that is far too long', () => {
  assert.doesNotThrow(() => compileGlob('*?'.repeat(512)));
  assert.throws(() => compileGlob('*?'.repeat(513)), /longer than 1024 characters/);
});

test('takes no time to speak of with many stars', () => {
  const matches = compileGlob(`${'*a'.repeat(20)}*b`);

  const start = process.cpuUsage();
  for (let n = 0; n < 20; n++) assert.ok(!matches('a'.repeat(1000 + n)));
  assert.ok(matches(`${'a'.repeat(1000)}b`));
  assert.ok(process.cpuUsage(start).user < 2e6);
});

const piece = fc.oneof(
  fc.constantFrom(...Array.from('*?[]!-^\\/.{}()|+@,ab'), '**', '[!', '[a-c]', '🚀', 'ä', '\n', '$', '#'),
  fc.string({ maxLength: 2, unit: 'grapheme' }),
);
const anyGlob = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

test('means what fnmatch means, for any glob and text', () => {
  fc.assert(
    fc.property(anyGlob, fc.array(fc.oneof(anyGlob, fc.string({ maxLength: 4 })), { maxLength: 6 }), (glob, texts) => {
      fc.pre(isCompiled(glob));
      const [ours, theirs] = [compileGlob(glob), fnmatch(glob)];

      for (const text of [...texts, glob, '', 'a', 'ab', '/']) {
        assert.equal(ours(text), theirs(text), `${JSON.stringify(glob)} on ${JSON.stringify(text)}`);
      }
    }),
    { numRuns: 3000 },
  );
});

test('refuses nothing but ranges the wrong way round', () => {
  fc.assert(
    fc.property(anyGlob, (glob) => {
      assert.equal(isCompiled(glob), !hasEmptyRange(glob));
    }),
    { numRuns: 2000 },
  );
});

function isCompiled(glob: string): boolean {
  try {
    compileGlob(glob);
    return true;
  } catch {
    return false; // the expected answer for a range the wrong way round
  }
}

/** CPython 3.11's fnmatch.translate, line by line, with the set as ranges in place of text for a regular expression. */
function fnmatch(glob: string): (text: string) => boolean {
  const chars = Array.from(glob);
  let source = '';
  for (let i = 0; i < chars.length;) {
    const c = chars[i++]!;
    if (c === '*') source += '[^]*';
    else if (c === '?') source += '[^]';
    else if (c !== '[') source += literal(c);
    else {
      let j = i;
      if (chars[j] === '!') j++;
      if (chars[j] === ']') j++;
      while (j < chars.length && chars[j] !== ']') j++;
      if (j >= chars.length) source += literal('[');
      else {
        source += setSource(chars.slice(i, j));
        i = j + 1;
      }
    }
  }
  const regex = new RegExp(`^${source}$`, 'u');
  return (text) => regex.test(text);
}

function setSource(stuff: readonly string[]): string {
  const isNegated = stuff[0] === '!';
  const ranges = rangesOf(stuff).filter(([first, last]) => first.codePointAt(0)! <= last.codePointAt(0)!);
  if (ranges.length === 0) return isNegated ? '[^]' : '(?!)';
  return `[${isNegated ? '^' : ''}${ranges.map((range) => range.map(literal).join('-')).join('')}]`;
}

/** translate's "chunks": between two of them stands a hyphen that makes a range of what it stands between. */
function rangesOf(stuff: readonly string[]): [string, string][] {
  const chunks: string[][] = [];
  let i = stuff[0] === '!' ? 1 : 0;
  for (let k = stuff.indexOf('-', i + 1); k >= 0; k = stuff.indexOf('-', k + 3)) {
    chunks.push(stuff.slice(i, k));
    i = k + 1;
  }
  const last = stuff.slice(i);
  if (last.length > 0) chunks.push(last);
  else chunks.at(-1)!.push('-');
  return chunks.flatMap((chunk, n) => {
    const start = n === 0 ? 0 : 1;
    const end = n === chunks.length - 1 ? chunk.length : chunk.length - 1;
    const single = chunk.slice(start, Math.max(start, end)).map((c): [string, string] => [c, c]);
    return n === 0 ? single : [[chunks[n - 1]!.at(-1)!, chunk[0]!] as [string, string], ...single];
  });
}

function hasEmptyRange(glob: string): boolean {
  const chars = Array.from(glob);
  for (let i = 0; i < chars.length; i++) {
    if (chars[i] !== '[') continue;
    const j = chars.indexOf(']', i + (chars[i + 1] === '!' ? 3 : 2));
    if (j < 0) continue;
    if (rangesOf(chars.slice(i + 1, j)).some(([first, last]) => first.codePointAt(0)! > last.codePointAt(0)!))
      return true;
    i = j;
  }
  return false;
}

function literal(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}

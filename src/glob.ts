import { createRequire } from 'node:module';
import type Micromatch from 'micromatch';

/** Whether a text matches a glob, the whole of it. */
export type Glob = (text: string) => boolean;

const require = createRequire(import.meta.url);

const MAX_LENGTH = 1024;

/**
 * A glob as journalpump knows it (Python's `fnmatchcase`): `*` any text, `?` any character, `[abc]`, `[a-c]` and `[!a-c]`
 * one character; the rest stands for itself, also a `[` without its `]`. Upper and lower case differ. Throws an Error with
 * a sentence when it is too long or when a range is the wrong way round.
 */
export function compileGlob(glob: string): Glob {
  if (glob.length > MAX_LENGTH) throw new Error(`the glob is longer than ${MAX_LENGTH} characters`);
  // The letter in front keeps micromatch's rules for a first character (dot, "!", "./") out of it.
  const regex = withoutBacktracking(loadMicromatch().makeRe(`x${translate(glob)}`, OPTIONS));
  return (text) => regex.test(`x${outOfReach(text)}`);
}

const OPTIONS = { flags: 'u', fastpaths: false, literalBrackets: false, debug: true };

/** How micromatch writes a star. */
const STAR = '[^/]*?';

/**
 * What stands between two stars may be taken where it is found first: to look for it further on never helps, but takes
 * ages with many stars. A look-ahead is not tried again once it has matched (as in CPython's translation).
 */
function withoutBacktracking({ source, flags }: RegExp): RegExp {
  const [first = '', ...others] = source.split(STAR);
  const last = others.pop();
  const between = others.map((part, n) => `(?=(${STAR}${part}))\\${n + 1}`);
  return last === undefined ? new RegExp(source, flags) : new RegExp(first + between.join('') + STAR + last, flags);
}

/**
 * Moves every character one plane of Unicode up, which keeps their order, as ranges need it. Glob and text moved alike,
 * nothing is left in them that micromatch could take for syntax: no slash, dot, brace, parenthesis or backslash.
 */
function outOfReach(text: string): string {
  let moved = '';
  for (const char of text) moved += String.fromCodePoint(Math.min(char.codePointAt(0)!, LAST_MOVABLE) + PLANE);
  return moved;
}

const PLANE = 0x10000;
/** What lies behind it is for private use; there all characters count as one. */
const LAST_MOVABLE = 0xfffff;

/** The glob in micromatch's words. */
function translate(glob: string): string {
  let translated = '';
  for (let at = 0; at < glob.length;) {
    const end = setEnd(glob, at);
    if (end > 0) {
      translated += translateSet(glob.slice(at + 1, end));
      at = end + 1;
    } else {
      const char = String.fromCodePoint(glob.codePointAt(at)!);
      if (char !== '*') translated += char === '?' ? '?' : outOfReach(char);
      // Two stars mean more to micromatch.
      else if (!translated.endsWith('*')) translated += '*';
      at += char.length;
    }
  }
  return translated;
}

/** Where the set that begins at `at` has its closing bracket; 0 when none begins there. A first `]` is a member. */
function setEnd(glob: string, at: number): number {
  if (glob[at] !== '[') return 0;
  const first = glob[at + 1] === '!' ? at + 2 : at + 1;
  return Math.max(0, glob.indexOf(']', first + 1));
}

function translateSet(set: string): string {
  const isNegated = set.startsWith('!');
  const members = Array.from(isNegated ? set.slice(1) : set);
  let translated = isNegated ? '[^' : '[';
  for (let m = 0; m < members.length; m++) {
    const [first, last] = [members[m]!, members[m + 2]];
    translated += outOfReach(first);
    if (members[m + 1] !== '-' || last === undefined) continue;
    if (first.codePointAt(0)! > last.codePointAt(0)!) {
      throw new Error(`the range "${first}-${last}" is the wrong way round: nothing is in it`);
    }
    translated += `-${outOfReach(last)}`;
    m += 2;
  }
  return `${translated}]`;
}

/** Loaded for the first glob: most configs have none. */
function loadMicromatch(): typeof Micromatch {
  return require('micromatch') as typeof Micromatch;
}

import { categoryRanges } from './category.ts';
import { common, outside, type Ranges } from './ranges.ts';
import { membersOf } from './set.ts';
import type { CharacterSet, RegexNode } from '../python-regex/node.ts';

/** A node that matches one character. */
export type Character = Extract<RegexNode, { kind: 'literal' | 'set' }>;

/** The characters that a node matches, as a boundary of words sees them. */
export interface SplitCharacter {
  readonly ascii: Ranges;
  /** Word characters beyond ASCII. */
  readonly letters: Ranges;
  /** All else beyond ASCII. */
  readonly others: Ranges;
  /** Whether all are word characters. */
  readonly isWord: boolean;
}

const ASCII: Ranges = [[0, 0x7f]];

/** Splits what a node matches. */
export function splitCharacter(node: Character): SplitCharacter {
  const members = membersOf(node.kind === 'set' ? node.set : literalSet(node.code), node.case);
  const ascii = common(members, ASCII);
  const beyond = common(members, outside(ASCII));
  if (beyond.length === 0) return { ascii, letters: [], others: [], isWord: isWord(ascii) };
  const letters = common(beyond, categoryRanges('w', false));
  const others = common(beyond, categoryRanges('W', false));
  return { ascii, letters, others, isWord: others.length === 0 && isWord(ascii) };
}

function isWord(ascii: Ranges): boolean {
  return common(ascii, categoryRanges('W', true)).length === 0;
}

function literalSet(code: number): CharacterSet {
  return { isNegated: false, ranges: [[code, code]], categories: [], isAscii: true };
}

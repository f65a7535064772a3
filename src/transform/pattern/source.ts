import { characterSource, setSource } from './set.ts';
import type { Case, Place, Regex, RegexNode } from '../python-regex/node.ts';

/** A pattern in RE2's syntax, its groups without names. */
export interface PatternSource {
  readonly text: string;
  /** RE2's number of each of Python's groups; RE2 has more of them. */
  readonly groups: readonly number[];
  /** Numbers of RE2's groups that hold the newline which a `$` stands before. */
  readonly newlines: readonly number[];
}

type Literal = Extract<RegexNode, { kind: 'literal' }>;

const PLACES: Record<Exclude<Place, 'end'>, string> = {
  start: '\\A',
  'line-start': '(?m:^)',
  'line-end': '(?m:$)',
  'very-end': '\\z',
  boundary: '\\b',
  'ascii-boundary': '\\b',
  'no-boundary': '\\B',
};

/** The same pattern for RE2. */
export function patternSource(regex: Regex): PatternSource {
  return new Writer().write(regex);
}

class Writer {
  private readonly groups = [0];
  private readonly newlines: number[] = [];
  private count = 0;

  write(regex: Regex): PatternSource {
    return { text: this.node(regex.root, true), groups: this.groups, newlines: this.newlines };
  }

  /** `isLast`: nothing behind the node can match a character. */
  private node(node: RegexNode, isLast: boolean): string {
    switch (node.kind) {
      case 'literal':
        return literalSource([node], node.case);
      case 'set':
        return setSource(node.set, node.case);
      case 'any':
        return node.isNewlineToo ? '(?s:.)' : '.';
      case 'place':
        return node.place === 'end' ? this.end(isLast) : PLACES[node.place];
      case 'sequence':
        return this.sequence(node.items, isLast);
      case 'choice':
        return `(?:${node.items.map((item) => this.node(item, isLast)).join('|')})`;
      case 'repeat':
        return `(?:${this.node(node.item, isLast && node.max <= 1)})${quantifierSource(node)}`;
      case 'group':
        this.groups[node.index] = ++this.count;
        return `(${this.node(node.item, isLast)})`;
    }
  }

  private sequence(items: readonly RegexNode[], isLast: boolean): string {
    let text = '';
    for (let i = 0; i < items.length;) {
      const run = literalsFrom(items, i);
      text +=
        run.length > 0
          ? literalSource(run, run[0]!.case)
          : this.node(items[i]!, isLast && !items.slice(i + 1).some(canConsume));
      i += Math.max(1, run.length);
    }
    return text;
  }

  // RE2 cannot look ahead, so the newline behind a last `$` becomes part of the match, to be taken off again.
  private end(isLast: boolean): string {
    if (!isLast) return '(?m:$)';
    this.newlines.push(++this.count);
    return '(?:\\z|(\\x{A})\\z)';
  }
}

/** The literals of one case that begin at index `from`: together they are faster. */
export function literalsFrom(items: readonly RegexNode[], from: number): Literal[] {
  const run: Literal[] = [];
  for (let i = from; i < items.length; i++) {
    const item = items[i]!;
    if (item.kind !== 'literal' || (run.length > 0 && item.case !== run[0]!.case)) break;
    run.push(item);
  }
  return run;
}

/** Literals of one case in RE2's syntax. */
export function literalSource(literals: readonly Literal[], letterCase: Case): string {
  if (letterCase === 'any-ascii') return literals.map(asciiCaseSource).join('');
  const text = literals.map(({ code }) => characterSource(code)).join('');
  return letterCase === 'any' ? `(?i:${text})` : text;
}

function asciiCaseSource({ code }: Literal): string {
  const ranges = [[code, code]] as const;
  return setSource({ isNegated: false, ranges, categories: [], isAscii: true }, 'any-ascii');
}

function quantifierSource({ min, max, isLazy }: { min: number; max: number; isLazy: boolean }): string {
  return `{${min},${max === Infinity ? '' : max}}${isLazy ? '?' : ''}`;
}

function canConsume(node: RegexNode): boolean {
  if (node.kind === 'place') return false;
  if (node.kind === 'sequence' || node.kind === 'choice') return node.items.some(canConsume);
  if (node.kind === 'repeat' || node.kind === 'group') return canConsume(node.item);
  return true;
}

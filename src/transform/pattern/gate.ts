import { wideSetSource } from './set.ts';
import { literalsFrom, literalSource } from './source.ts';
import type { RegexNode } from '../python-regex/node.ts';

/**
 * A cheaper pattern, in RE2's syntax, that matches wherever the given one does, and sooner or more often: without places,
 * which mean nothing in the middle of a Block; each repetition as short as possible and without upper limit; sets with
 * all of Unicode beyond ASCII or nothing of it. Undefined for a pattern that can match the empty text.
 */
export function gateSource(root: RegexNode): string | undefined {
  return canBeEmpty(root) ? undefined : `(?:${wide(root)})`;
}

/** Whether a node can match no character at all; places hold everywhere. */
function canBeEmpty(node: RegexNode): boolean {
  switch (node.kind) {
    case 'literal':
    case 'set':
    case 'any':
      return false;
    case 'place':
      return true;
    case 'sequence':
      return node.items.every(canBeEmpty);
    case 'choice':
      return node.items.some(canBeEmpty);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.item);
    case 'group':
      return canBeEmpty(node.item);
  }
}

function wide(node: RegexNode): string {
  switch (node.kind) {
    case 'literal':
      return literalSource([node], node.case);
    case 'set':
      return wideSetSource(node.set, node.case);
    case 'any':
      return node.isNewlineToo ? '(?s:.)' : '.';
    case 'place':
      return '';
    case 'sequence':
      return wideSequence(node.items);
    case 'choice':
      return `(?:${node.items.map(wide).join('|')})`;
    case 'repeat':
      return `(?:${wide(node.item)})${wideQuantifier(node)}`;
    case 'group':
      return `(?:${wide(node.item)})`;
  }
}

function wideSequence(items: readonly RegexNode[]): string {
  let text = '';
  for (let i = 0; i < items.length;) {
    const run = literalsFrom(items, i);
    text += run.length > 0 ? literalSource(run, run[0]!.case) : wide(items[i]!);
    i += Math.max(1, run.length);
  }
  return text;
}

function wideQuantifier({ min, max }: { min: number; max: number }): string {
  if (max <= 1) return `{${min},${max}}?`;
  return `{${min},}?`;
}

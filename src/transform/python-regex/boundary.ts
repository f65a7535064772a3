import { splitCharacter, type Character } from '../pattern/split.ts';
import type { CharacterSet, RegexNode } from './node.ts';

type Side = 'first' | 'last';
type Repeat = Extract<RegexNode, { kind: 'repeat' }>;

const ASCII_BOUNDARY: RegexNode = { kind: 'place', place: 'ascii-boundary' };
const NO_BOUNDARY: RegexNode = { kind: 'place', place: 'no-boundary' };

/**
 * Makes `\b` mean what it does in Python, also beside letters beyond ASCII, which RE2 does not count as word characters:
 * beside such a letter RE2's `\B` takes its place. It then also holds between two such letters, so that a pattern
 * matches rather too much than too little. Where no neighbour tells, RE2's own `\b` is left.
 */
export function withBoundaries(node: RegexNode): RegexNode {
  switch (node.kind) {
    case 'sequence':
      return { ...node, items: settle(node.items.map(withBoundaries)) };
    case 'choice':
      return { ...node, items: node.items.map(withBoundaries) };
    case 'repeat':
    case 'group':
      return { ...node, item: withBoundaries(node.item) };
    default:
      return node;
  }
}

/** Moves each boundary in a sequence into the neighbour that tells most about it. */
function settle(items: readonly RegexNode[]): RegexNode[] {
  const settled = [...items];
  for (let i = 0; i < settled.length; i++) {
    const node = settled[i]!;
    if (node.kind !== 'place' || node.place !== 'boundary') continue;
    const side = sideOf(settled[i - 1], settled[i + 1]);
    if (side === undefined) continue;
    const neighbour = side === 'first' ? i + 1 : i - 1;
    settled[neighbour] = push(settled[neighbour]!, side);
    settled[i] = { kind: 'sequence', items: [] };
  }
  return settled;
}

/** Which neighbour the boundary goes into: as its first thing into the next one, or as the last of the one before. */
function sideOf(before: RegexNode | undefined, after: RegexNode | undefined): Side | undefined {
  const next = charactersAt(after, 'first').map(splitCharacter);
  const previous = charactersAt(before, 'last').map(splitCharacter);
  const hasPrevious = previous.some(({ letters }) => letters.length > 0);
  if (!next.some(({ letters }) => letters.length > 0)) return hasPrevious ? 'last' : undefined;
  return !hasPrevious || next.every(({ isWord }) => isWord) ? 'first' : 'last';
}

/** What can stand at one side of a node, as far as that is easily told. */
function charactersAt(node: RegexNode | undefined, side: Side): Character[] {
  switch (node?.kind) {
    case 'literal':
    case 'set':
      return [node];
    case 'sequence':
      return charactersAt(node.items.at(side === 'first' ? 0 : -1), side);
    case 'choice':
      return node.items.flatMap((item) => charactersAt(item, side));
    case 'repeat':
    case 'group':
      return charactersAt(node.item, side);
    default:
      return [];
  }
}

/** The node with a boundary at one side. */
function push(node: RegexNode, side: Side): RegexNode {
  switch (node.kind) {
    case 'literal':
    case 'set':
      return pushIntoCharacter(node, side);
    case 'sequence':
      return { ...node, items: pushIntoItems(node.items, side) };
    case 'choice':
      return { ...node, items: node.items.map((item) => push(item, side)) };
    case 'repeat':
      return pushIntoRepeat(node, side);
    case 'group':
      return { ...node, item: push(node.item, side) };
    default:
      return atSide(side, ASCII_BOUNDARY, node);
  }
}

function pushIntoItems(items: readonly RegexNode[], side: Side): RegexNode[] {
  if (items.length === 0) return [ASCII_BOUNDARY];
  return side === 'first'
    ? [push(items[0]!, side), ...items.slice(1)]
    : [...items.slice(0, -1), push(items.at(-1)!, side)];
}

function pushIntoCharacter(node: Character, side: Side): RegexNode {
  const { ascii, letters, others } = splitCharacter(node);
  const items = [
    ...(ascii.length > 0 ? [atSide(side, ASCII_BOUNDARY, setOf(ascii))] : []),
    ...(letters.length > 0 ? [atSide(side, NO_BOUNDARY, setOf(letters))] : []),
    ...(others.length > 0 ? [atSide(side, ASCII_BOUNDARY, setOf(others))] : []),
  ];
  return { kind: 'choice', items };
}

/** One repetition is set apart to hold the boundary. */
function pushIntoRepeat(node: Repeat, side: Side): RegexNode {
  // A group would be there twice.
  if (node.max === 0 || hasGroup(node.item)) return atSide(side, ASCII_BOUNDARY, node);
  const rest: RegexNode = { ...node, min: Math.max(0, node.min - 1), max: node.max - 1 };
  const some = atSide(side, push(node.item, side), rest);
  if (node.min > 0) return some;
  return { kind: 'choice', items: node.isLazy ? [ASCII_BOUNDARY, some] : [some, ASCII_BOUNDARY] };
}

function hasGroup(node: RegexNode): boolean {
  if (node.kind === 'sequence' || node.kind === 'choice') return node.items.some(hasGroup);
  return node.kind === 'group' || (node.kind === 'repeat' && hasGroup(node.item));
}

function atSide(side: Side, outer: RegexNode, inner: RegexNode): RegexNode {
  return { kind: 'sequence', items: side === 'first' ? [outer, inner] : [inner, outer] };
}

function setOf(ranges: CharacterSet['ranges']): RegexNode {
  return { kind: 'set', set: { isNegated: false, ranges, categories: [], isAscii: true }, case: 'exact' };
}

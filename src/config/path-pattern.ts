import { parseTemplate, type TemplatePart } from '../template.ts';

/** The characters that may stand at a place of a path. */
export interface Step {
  /** One character, any digit, or anything but a slash, and but a leading dot (`start`). */
  readonly kind: 'literal' | 'digit' | 'any' | 'start';
  readonly char: string;
  /** It may also be missing, or come more than once. */
  readonly isMany: boolean;
}

/** What the paths of a file option look like. */
export interface PathPattern {
  /** What is in front of all places, but for the beginning of a name. */
  readonly root: string;
  /** Nothing is filled in: there is one path only. */
  readonly isPlain: boolean;
  /** The steps of all paths, once it is known where the root really lies. */
  stepsBelow(root: string): readonly Step[];
}

const DIGITS: Readonly<Record<string, string>> = { Y: '0000', F: '0000-00-00', j: '000' };
const TWO_DIGITS = '00';

/** Reads a template of paths; undefined when it is none, which is a fault of its own. */
export function parsePath(text: string): PathPattern | undefined {
  try {
    const { prefix, parts } = parseTemplate(text);
    const isPlain = parts.every((part) => typeof part === 'string');
    const slash = prefix.lastIndexOf('/');
    const root = slash < 0 ? '.' : prefix.slice(0, slash) || '/';
    const steps = parts.flatMap(stepsOf).slice(slash + 1);
    const stepsBelow = (real: string) => markStarts([...literal(real === '/' ? '/' : `${real}/`), ...steps]);
    return { root: isPlain ? prefix : root, isPlain, stepsBelow };
  } catch {
    return undefined;
  }
}

/** The steps of a path without places. */
export function literal(path: string): Step[] {
  return Array.from(path, (char) => ({ kind: 'literal', char, isMany: false }));
}

function stepsOf(part: TemplatePart): Step[] {
  if (typeof part === 'string') return literal(part);
  if ('field' in part) {
    const any = { kind: 'any', char: '' } as const;
    return [
      { ...any, isMany: false },
      { ...any, isMany: true },
    ];
  }
  return literal(DIGITS[part.time] ?? TWO_DIGITS).map((step) =>
    step.char === '0' ? { ...step, kind: 'digit' } : step,
  );
}

/** No value begins a name with a dot: it is replaced. */
function markStarts(steps: readonly Step[]): Step[] {
  return steps.map((step, i) => {
    const isStart = step.kind === 'any' && !step.isMany && steps[i - 1]?.char === '/';
    return isStart ? { ...step, kind: 'start' } : step;
  });
}

/** A shortest path that both can yield; undefined when there is none. */
export function commonPath(a: readonly Step[], b: readonly Step[]): string | undefined {
  const width = b.length + 1;
  const seen = new Set([0]);
  let reached: { i: number; j: number; path: string }[] = [{ i: 0, j: 0, path: '' }];
  while (reached.length > 0) {
    const next: typeof reached = [];
    const reach = (i: number, j: number, path: string): void => {
      if (seen.has(i * width + j)) return;
      seen.add(i * width + j);
      next.push({ i, j, path });
    };
    for (const { i, j, path } of reached) {
      if (i === a.length && j === b.length) return path;
      const [one, other] = [a[i], b[j]];
      if (one?.isMany) reach(i + 1, j, path);
      if (other?.isMany) reach(i, j + 1, path);
      const char = one && other && commonChar(one, other);
      if (char !== undefined) reach(one!.isMany ? i : i + 1, other!.isMany ? j : j + 1, path + char);
    }
    reached = next;
  }
  return undefined;
}

function commonChar(one: Step, other: Step): string | undefined {
  if (one.kind !== 'literal') return other.kind === 'literal' ? commonChar(other, one) : sampleOf(one, other);
  const { char } = one;
  const fits = {
    literal: char === other.char,
    digit: /^\d$/.test(char),
    any: char !== '/',
    start: char !== '/' && char !== '.',
  };
  return fits[other.kind] ? char : undefined;
}

function sampleOf(one: Step, other: Step): string {
  return one.kind === 'digit' || other.kind === 'digit' ? '0' : 'x';
}

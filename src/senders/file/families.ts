import { parseTemplate, type TemplatePart } from '../template.ts';
import { spanOf, type Span } from './time-span.ts';

/** A file of an output with places: all that differ from it only in the time belong together. */
export interface Relative {
  /** The path below the root, with a mark in place of each part of the time: what its family has in common. */
  readonly family: string;
  /** The time that its name tells. */
  readonly span: Span;
}

/** Stands in front of the letter of a part of the time; no path has one. */
export const MARK = '\0';
const WIDTH: Readonly<Record<string, number>> = { Y: 4, F: 10, j: 3 };
/** A name that takes more than so many tries is read by nobody. */
const MAX_TRIES = 20_000;
const MAX_KNOWN = 50_000;

/** Reads paths as a template would have made them. */
export class Families {
  /** The time is a part of the paths. */
  readonly hasTime: boolean;
  private readonly parts: readonly TemplatePart[];
  private readonly skipped: number;
  private readonly known = new Map<string, Relative | undefined>();

  /** `root`: the directory above all places. */
  constructor(output: string, root: string) {
    const { parts, prefix } = parseTemplate(output);
    const firstPlace = parts.findIndex((part) => typeof part !== 'string');
    this.hasTime = parts.some((part) => typeof part !== 'string' && 'time' in part);
    this.parts = [prefix.slice(prefix.lastIndexOf('/') + 1), ...(firstPlace < 0 ? [] : parts.slice(firstPlace))];
    this.skipped = root === '/' ? 1 : root.length + 1;
  }

  /** The names of its directories and of the file, each with the parts of it. */
  names(): readonly (readonly TemplatePart[])[] {
    const names: TemplatePart[][] = [[]];
    for (const part of this.parts) {
      const [first, ...rest] = typeof part === 'string' ? part.split('/') : [part];
      names.at(-1)!.push(first);
      for (const piece of rest) names.push([piece]);
    }
    return names;
  }

  /** What a path is by its name; undefined when it is none of the template, or when it can be read in two ways. */
  read(path: string): Relative | undefined {
    if (this.known.has(path)) return this.known.get(path);
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    const found = this.parse(path.slice(this.skipped));
    this.known.set(path, found);
    return found;
  }

  private parse(text: string): Relative | undefined {
    const found = new Map<string, Span>();
    let tries = 0;
    const go = (at: number, part: number, family: string, times: readonly string[]): void => {
      const piece = this.parts[part];
      if (++tries > MAX_TRIES || found.size > 1) return;
      if (piece === undefined) {
        const span = at === text.length ? spanOf(times) : undefined;
        if (span !== undefined) found.set(family, span);
      } else if (typeof piece === 'string') {
        if (text.startsWith(piece, at)) go(at + piece.length, part + 1, family + piece, times);
      } else if ('time' in piece) {
        const value = text.slice(at, at + (WIDTH[piece.time] ?? 2));
        if (/^[\d-]+$/.test(value))
          go(at + value.length, part + 1, family + MARK + piece.time, [...times, piece.time + value]);
      } else if (text[at] !== '.' || !(at === 0 || text[at - 1] === '/')) {
        for (let end = at + 1; end <= text.length && text[end - 1] !== '/'; end++)
          go(end, part + 1, family + text.slice(at, end), times);
      }
    };
    go(0, 0, '', []);
    const [only] = found;
    return tries > MAX_TRIES || found.size !== 1 ? undefined : { family: only![0], span: only![1] };
  }
}

import { withBoundaries } from './boundary.ts';
import { readSet } from './class.ts';
import { readEscape } from './escape.ts';
import { NO_FLAGS, readFlags, type RegexFlags } from './flags.ts';
import { readGroupName, readQuantifier, refuseGroup } from './parts.ts';
import type { Case, Place, Regex, RegexNode } from './node.ts';
import { RegexReader } from './reader.ts';

const VERBOSE_SPACE = /[ \t\n\r\v\f]/;
const MAX_DEPTH = 200;

/** Parses a pattern as CPython 3.11's `re` does; throws a PatternError for what is no pattern or what RE2 cannot do. */
export function parseRegex(source: string): Regex {
  return new Parser(source).parse();
}

class Parser {
  private readonly reader: RegexReader;
  private readonly names = new Map<string, number>();
  /** The flags of the whole pattern; `(?i)` at the start adds to them. */
  private flags = NO_FLAGS;
  private groupCount = 0;
  private depth = 0;

  constructor(source: string) {
    this.reader = new RegexReader(source);
  }

  parse(): Regex {
    this.readLeadingFlags();
    const root = this.choice(this.flags);
    if (!this.reader.isAtEnd) throw this.reader.error('a ) closes no group');
    return { root: withBoundaries(root), groupCount: this.groupCount, names: this.names };
  }

  private readLeadingFlags(): void {
    for (;;) {
      this.skipIgnored(this.flags);
      const isFlags =
        this.reader.startsWith('(?') && /[A-Za-z-]/.test(this.reader.peek(2)) && this.reader.peek(2) !== 'P';
      if (!isFlags) return;
      const start = this.reader.at;
      this.reader.take('(?');
      const { flags, terminator } = readFlags(this.reader, this.flags);
      if (terminator === ':') {
        this.reader.at = start;
        return;
      }
      this.flags = flags;
    }
  }

  private choice(flags: RegexFlags): RegexNode {
    if (++this.depth > MAX_DEPTH) throw this.reader.error(`groups are nested more than ${MAX_DEPTH} deep`);
    const items = [this.sequence(flags)];
    while (this.reader.take('|')) items.push(this.sequence(flags));
    this.depth--;
    return items.length === 1 ? items[0]! : { kind: 'choice', items };
  }

  private sequence(flags: RegexFlags): RegexNode {
    const items: RegexNode[] = [];
    for (;;) {
      this.skipIgnored(flags);
      if (this.reader.isAtEnd || this.reader.peek() === '|' || this.reader.peek() === ')') break;
      const quantifier = readQuantifier(this.reader, items.at(-1));
      if (quantifier === undefined) items.push(this.item(flags));
      else items.push({ kind: 'repeat', item: items.pop()!, ...quantifier });
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  }

  private item(flags: RegexFlags): RegexNode {
    const char = this.reader.next();
    const letterCase = caseOf(flags);
    if (char === '(') return this.group(flags);
    if (char === '[') return { kind: 'set', set: readSet(this.reader, flags.a), case: letterCase };
    if (char === '.') return { kind: 'any', isNewlineToo: flags.s };
    if (char === '^') return { kind: 'place', place: flags.m ? 'line-start' : 'start' };
    if (char === '$') return { kind: 'place', place: flags.m ? 'line-end' : 'end' };
    if (char === '\\') return this.escape(flags);
    return { kind: 'literal', code: char.codePointAt(0)!, case: letterCase };
  }

  private escape(flags: RegexFlags): RegexNode {
    const escape = readEscape(this.reader, false);
    if (escape.kind === 'place') return { kind: 'place', place: placeOf(escape.place, flags) };
    if (escape.kind === 'character') return { kind: 'literal', code: escape.code, case: caseOf(flags) };
    const set = { isNegated: false, ranges: [], categories: [escape.category], isAscii: flags.a };
    return { kind: 'set', set, case: 'exact' };
  }

  private group(flags: RegexFlags): RegexNode {
    const start = this.reader.at - 1;
    let inner = flags;
    let index = 0;
    if (!this.reader.take('?')) index = ++this.groupCount;
    else if (this.reader.take('P<')) index = this.nameGroup(readGroupName(this.reader));
    else if (!this.reader.take(':')) {
      refuseGroup(this.reader, start);
      const read = readFlags(this.reader, flags);
      if (read.terminator === ')')
        throw this.reader.error('flags for the whole pattern must stand at its start', start);
      inner = read.flags;
    }
    const item = this.choice(inner);
    if (!this.reader.take(')')) throw this.reader.error('the group that ( opens is not closed', start);
    if (index > 0) return { kind: 'group', item, index };
    // A group of its own even without a number: it is what a quantifier behind it repeats.
    return { kind: 'choice', items: [item] };
  }

  private nameGroup(name: string): number {
    if (this.names.has(name)) throw this.reader.error(`two groups have the name ${name}`);
    this.names.set(name, ++this.groupCount);
    return this.groupCount;
  }

  /** Steps over comments, and in verbose patterns over white space. */
  private skipIgnored(flags: RegexFlags): void {
    const { reader } = this;
    for (;;) {
      if (flags.x && VERBOSE_SPACE.test(reader.peek())) reader.next();
      else if (flags.x && reader.peek() === '#') {
        if (reader.until('\n') === undefined) reader.at = Infinity;
      } else if (reader.startsWith('(?#')) {
        const start = reader.at;
        if (reader.until(')') === undefined) throw reader.error('the comment that (?# opens is not closed', start);
      } else return;
    }
  }
}

function placeOf(place: Place, flags: RegexFlags): Place {
  return place === 'boundary' && flags.a ? 'ascii-boundary' : place;
}

function caseOf(flags: RegexFlags): Case {
  if (!flags.i) return 'exact';
  return flags.a ? 'any-ascii' : 'any';
}

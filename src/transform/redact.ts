import { isUtf8 } from 'node:buffer';
import { CARE, type Block } from '../journal/block.ts';
import { compilePattern, replaceAll, type Pattern } from './pattern/pattern.ts';
import { RedactFields } from './redact-fields.ts';
import { RedactGate } from './redact-gate.ts';
import { parseReplacement, type Replacement } from './replacement.ts';

/** A secret filter: a pattern of Python's `re`, and what `re.sub` is to put for its matches. */
export interface SecretFilter {
  readonly pattern: string;
  readonly replacement: string;
}

export interface RedactorOptions {
  readonly filters: readonly SecretFilter[];
  /** Names, with or without leading underscores and in any case; every text field when not given. */
  readonly fields?: readonly string[];
}

interface Filter {
  readonly pattern: Pattern;
  readonly replacement: Replacement;
}

/** Is told which filter replaced how many matches in field f; never the secret. */
export type Redacted = (f: number, filter: number, count: number) => unknown;

/** Replaces secrets in the values of a Block, filter by filter in their order, each on what the one before has left. */
export class Redactor {
  /** Matches replaced so far by each filter. */
  readonly counts: number[];
  /** Entries changed so far. */
  changedEntries = 0;
  /** Values so far that took too long, of which only the beginning is left. */
  abandonedValues = 0;
  private readonly filters: readonly Filter[];
  private readonly fields: RedactFields;
  private readonly gate: RedactGate;
  private readonly count: Redacted = (_f, filter, count) => (this.counts[filter]! += count);

  /** Throws a PatternError for a pattern or replacement that cannot be used. */
  constructor(options: RedactorOptions) {
    this.filters = options.filters.map(compileFilter);
    this.counts = options.filters.map(() => 0);
    this.fields = new RedactFields(options.fields);
    this.gate = new RedactGate(this.filters.map(({ pattern }) => pattern));
  }

  /** Redacts the entries from index `from` on, and counts what it changes unless that was counted before. */
  redact(block: Block, from: number, isCounted = true): void {
    if (this.filters.length === 0 || from >= block.count) return;
    const marks = this.gate.mark(block, from);
    const tell = isCounted ? this.count : ignore;
    for (let i = from; i < block.count; i++) {
      if (marks[i] === 1 && this.redactEntry(block, i, tell) && isCounted) this.changedEntries++;
    }
  }

  /** Redacts entry i without a look at the gate and without counting; tells what each filter changes, and whether one did. */
  redactEntry(block: Block, i: number, tell: Redacted): boolean {
    let isChanged = false;
    const end = block.firstField[i + 1]!;
    for (let f = block.firstField[i]!; f < end; f++) {
      if (this.fields.has(block, f) && this.redactField({ block, i, f }, tell)) isChanged = true;
    }
    return isChanged;
  }

  private redactField({ block, i, f }: { block: Block; i: number; f: number }, tell: Redacted): boolean {
    const isCut = (block.care[f]! & CARE.CUT) !== 0;
    let value = block.value(f);
    if (!isCut && isUtf8(value) && !this.gate.mayMatch(value)) return false;
    if (this.fields.isConverted(block, f)) return false;
    let isChanged = false;
    for (const [n, { pattern, replacement }] of this.filters.entries()) {
      const replaced = replaceAll(pattern, replacement, value);
      if (replaced === undefined) continue;
      value = replaced.value;
      if (replaced.isAbandoned) this.abandonedValues++;
      isChanged = true;
      tell(f, n, replaced.count);
    }
    // The value may end in the middle of a secret, which no pattern finds without its end.
    if (isCut) value = Buffer.alloc(0);
    if (isChanged || isCut) block.setValue(i, f, value);
    return isChanged;
  }
}

function ignore(): void {
  // What was through another feed before is in the counts already.
}

/** Compiles a filter; throws a PatternError. */
function compileFilter(filter: SecretFilter): Filter {
  const pattern = compilePattern(filter.pattern);
  return { pattern, replacement: parseReplacement(filter.replacement, pattern) };
}

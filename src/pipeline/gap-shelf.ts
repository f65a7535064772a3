import type { Gap } from '../journal/gap.ts';
import type { StoredReader } from '../state/stored.ts';

const MAX_GAPS = 100;
/** Gaps that are no longer in the state file, but that this process has seen. */
const MAX_REMEMBERED = 10_000;

/** The last gaps of a reader, in the state file, each once: a restart, or another feed, may come by it again. */
export class GapShelf {
  private readonly stored: StoredReader;
  private readonly remembered = new Set<string>();

  constructor(stored: StoredReader) {
    this.stored = stored;
  }

  /** Keeps the gap; false if it is there already. */
  add(gap: Gap): boolean {
    const identity = identityOf(gap);
    if (this.remembered.has(identity) || this.gaps.some((known) => covers(known, gap))) return false;
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.add(identity);
    const { stored } = this;
    stored.gap_counts = { ...stored.gap_counts, [gap.kind]: numberOf(stored.gap_counts?.[gap.kind]) + 1 };
    stored.gaps = [...(stored.gaps ?? []), gap].slice(-MAX_GAPS);
    return true;
  }

  /** Whether the whole of this file is known to be unreadable. */
  holdsFile(path: string): boolean {
    return this.gaps.some(({ kind, file }) => kind === 'unreadable_file' && file === path);
  }

  /** Those that we understand: a state file may be from an earlier version, or from a later one. */
  private get gaps(): Partial<Gap>[] {
    return (this.stored.gaps ?? []).filter((gap): gap is Partial<Gap> => typeof gap === 'object' && gap !== null);
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function identityOf({ kind, from, to, entries, file, unit }: Partial<Gap>): string {
  return JSON.stringify([kind, from, to, file, unit, kind === 'vacuumed' ? null : entries]);
}

/** Whether one is told by the other: the same again, or another part of a damaged file's bad stretch. */
function covers(known: Partial<Gap>, gap: Gap): boolean {
  if (identityOf(known) === identityOf(gap)) return true;
  if (known.kind !== gap.kind || known.file !== gap.file || gap.kind === 'suppressed') return false;
  const { from, to } = known;
  if (typeof from !== 'string' || typeof to !== 'string' || gap.from === null || gap.to === null) return false;
  return from <= gap.from && (gap.kind === 'damaged' ? to >= gap.to : to === gap.to);
}

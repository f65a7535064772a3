import { sentenceOf } from '../../journal/gap.ts';
import type { Loose } from './loose.ts';

export interface GapStatus {
  readonly kind: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly entries: number | null;
  readonly why: string | null;
  readonly noticed: string | null;
  readonly file: string | null;
  readonly unit: string | null;
}

interface Gaps {
  readonly name: string;
  readonly gaps: readonly GapStatus[];
  readonly gap_counts: Readonly<Record<string, number>>;
}

const SHOWN = 3;

/** Makes a report of one gap. */
export function gapStatus(gap: Loose): GapStatus {
  return {
    kind: gap.text('kind'),
    from: gap.text('from'),
    to: gap.text('to'),
    entries: gap.number('entries'),
    why: gap.text('why'),
    noticed: gap.time('noticed'),
    file: gap.text('file'),
    unit: gap.text('unit'),
  };
}

/** The gaps of a reader for people: how many of which kind, and the last few, the newest first. */
export function gapLines({ name, gaps, gap_counts }: Gaps): string[] {
  if (gaps.length === 0) return [];
  const kinds = Object.entries(gap_counts).filter(([, count]) => count > 0);
  const total = Math.max(
    gaps.length,
    kinds.reduce((sum, [, count]) => sum + count, 0),
  );
  const shown = gaps.slice(-SHOWN).reverse();
  const byKind = kinds.length === 0 ? '' : ` (${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')})`;
  const more = total > shown.length ? `, the last ${shown.length}` : '';
  return [`gaps of ${name}: ${total}${byKind}${more}:`, ...shown.map((gap) => `  ${sentenceOf(gap)}`)];
}

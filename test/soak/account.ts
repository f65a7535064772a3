import type { Tally } from './tally.ts';

/** What became of the entries at one destination. */
export interface Account {
  readonly name: string;
  /** Entries that were meant for it: the sum of those delivered, dead-lettered, in gaps and missing. */
  readonly selected: number;
  readonly delivered: number;
  /** Deliveries beyond the first of an entry. */
  readonly duplicated: number;
  readonly deadLettered: number;
  /** Never came, and lie in a gap that was reported. */
  readonly inGaps: number;
  /** Never came, and nobody has said so. */
  readonly missing: readonly number[];
  /** Came, or are dead letters, though they were not meant for it. */
  readonly strays: number;
  /** Dead letters that the destination would have taken. */
  readonly misjudged: number;
  /** Places where a number came after a higher one of its stream, though it had never come before; undefined where nothing has an order. */
  readonly disorders: number | undefined;
  /** Payloads and dead letters with a secret in clear. */
  readonly leaks: number;
}

/** What is known beside the tally. */
export interface Circumstances {
  /** How many entries were written. */
  readonly written: number;
  /** Those that became dead letters. */
  readonly letters: { readonly numbers: ReadonlySet<number>; readonly leaks: number };
  /** Whether an entry lies in a gap that was reported. */
  readonly isInGap: (number: number) => boolean;
}

/** Makes the account of a destination. */
export function accountOf(tally: Tally, { written, letters, isInGap }: Circumstances): Account {
  const { name, selects = () => true, refuses = () => false, isOrdered = true } = tally.options;
  const counts = { selected: 0, delivered: 0, deadLettered: 0, inGaps: 0 };
  const missing: number[] = [];
  for (let number = 0; number < written; number++) {
    if (!selects(number)) continue;
    counts.selected++;
    if (tally.has(number)) counts.delivered++;
    else if (letters.numbers.has(number)) counts.deadLettered++;
    else if (isInGap(number)) counts.inGaps++;
    else missing.push(number);
  }
  const isMeant = (number: number): boolean => number < written && selects(number);
  const { distinct, total, disorders, leaks } = tally;
  const buried = [...letters.numbers];
  return {
    name,
    ...counts,
    duplicated: total - distinct,
    missing,
    strays: distinct - counts.delivered + buried.filter((number) => !isMeant(number)).length,
    misjudged: buried.filter((number) => !refuses(number)).length,
    disorders: isOrdered ? disorders : undefined,
    leaks: leaks + letters.leaks,
  };
}

/** Whether the account adds up: nothing is lost that was not told, or came out of order, in clear or to the wrong place. */
export function isClean({ missing, strays, misjudged, disorders = 0, leaks }: Account): boolean {
  return missing.length + strays + misjudged + disorders + leaks === 0;
}

const COLUMNS: Readonly<Record<string, (account: Account) => number | string>> = {
  selected: ({ selected }) => selected,
  delivered: ({ delivered }) => delivered,
  'dead letters': ({ deadLettered }) => deadLettered,
  'in gaps': ({ inGaps }) => inGaps,
  missing: ({ missing }) => missing.length,
  duplicated: ({ duplicated }) => duplicated,
  'out of order': ({ disorders }) => disorders ?? '–',
  strays: ({ strays, misjudged }) => strays + misjudged,
  'secrets in clear': ({ leaks }) => leaks,
};

/** The accounts as a table in Markdown. */
export function tableOf(accounts: readonly Account[]): string {
  const head = ['Sender', ...Object.keys(COLUMNS)];
  const rows = accounts.map((account) => [
    account.name,
    ...Object.values(COLUMNS).map((valueIn) => valueIn(account).toLocaleString('en')),
  ]);
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join(' | ')} |`;
  const rule = widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

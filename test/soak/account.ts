import type { StoredReader } from '../../src/state/stored.ts';

/** What became of the entries at one destination. */
export interface Account {
  readonly name: string;
  readonly delivered: number;
  /** Deliveries beyond the first of an entry. */
  readonly duplicates: number;
  /** Numbers that never came. */
  readonly missing: readonly number[];
  /** Of those that are missing, how many lie within a gap that was reported. */
  readonly reported: number;
  /** Places where a number came after a higher one that was new, though it had never come before. */
  readonly disorders: number;
}

/** Counts the numbers that come to a destination, in the order in which they come. */
export class Tally {
  readonly name: string;
  private counts = new Uint8Array(1 << 16);
  private highest = -1;
  private total = 0;
  private disorders = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(number: number): void {
    if (number >= this.counts.length) this.grow(number);
    const isNew = this.counts[number] === 0;
    // An entry may come again after a crash, but one that comes for the first time must be the highest so far.
    if (isNew && number < this.highest) this.disorders++;
    this.highest = Math.max(this.highest, number);
    if (this.counts[number]! < 255) this.counts[number]!++;
    this.total++;
  }

  has(number: number): boolean {
    return this.counts[number]! > 0;
  }

  /** What became of the first `count` numbers; `isReported` tells whether a missing one lies in a gap. */
  close(count: number, isReported: (number: number) => boolean): Account {
    const missing: number[] = [];
    for (let n = 0; n < count; n++) if ((this.counts[n] ?? 0) === 0) missing.push(n);
    const delivered = count - missing.length;
    return {
      name: this.name,
      delivered,
      duplicates: this.total - delivered,
      missing,
      reported: missing.filter(isReported).length,
      disorders: this.disorders,
    };
  }

  private grow(number: number): void {
    const bigger = new Uint8Array(Math.max(number + 1, this.counts.length * 2));
    bigger.set(this.counts);
    this.counts = bigger;
  }
}

/** journald stamps an entry when it takes it, a moment after it was written. */
const STAMP_TOLERANCE_MS = 5000;

/** Tells of a time of writing, in ms since 1970, whether a gap in the state file accounts for it. */
export function gapsOf(reader: StoredReader | undefined): (ms: number) => boolean {
  const ranges = (reader?.gaps ?? []).map((gap) => {
    const { from, to } = gap as { from: string; to: string };
    return { from: Date.parse(from), to: Date.parse(to) };
  });
  return (ms) => ranges.some(({ from, to }) => ms > from - STAMP_TOLERANCE_MS && ms < to + STAMP_TOLERANCE_MS);
}

/** The account as a table for people. */
export function tableOf(accounts: readonly Account[], written: number): string {
  const rows = accounts.map(({ name, delivered, duplicates, missing, reported, disorders }) =>
    [name, written, delivered, duplicates, missing.length, reported, disorders].map(String),
  );
  const head = ['sender', 'written', 'delivered', 'duplicates', 'missing', 'in gaps', 'out of order'];
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]!.length)));
  return [head, ...rows].map((row) => row.map((cell, n) => cell.padStart(widths[n]!)).join('  ')).join('\n');
}

/** Whether the account adds up: nothing is lost that was not told, and nothing came out of order. */
export function isClean({ missing, reported, disorders }: Account): boolean {
  return missing.length === reported && disorders === 0;
}

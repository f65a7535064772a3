import type { JournalSource } from '../../src/pipeline/feed-options.ts';
import type { Start } from '../../src/journal/arguments.ts';
import type { SourceOptions } from '../../src/journal/source-options.ts';
import { cursorOf, encodeExport, type EntrySpec } from './export-stream.ts';

/** Numbers from 0 up to 1 that a seed decides about (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface SimulatedEntry {
  readonly cursor: string;
  readonly bytes: Buffer;
}

const MAX_READ_ENTRIES = 40;
const MAX_CHUNK_BYTES = 20_000;

/** A journal in memory, read by stand-ins for journalctl that stall, die and are cut off at any byte. */
export class SimulatedJournal {
  readonly entries: SimulatedEntry[] = [];
  /** Those that are read now. */
  readonly sources = new Set<SimulatedSource>();
  /** The most that were read at a time. */
  mostSources = 0;
  readonly random: () => number;
  private vacuumed = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Appends entries, each with its number as SEQ. */
  append(count: number): void {
    for (let n = 0; n < count; n++) {
      const number = this.entries.length;
      const us = 1_767_225_600_000_000 + number * 1000;
      const entry: EntrySpec = {
        realtimeUs: us,
        monotonicUs: number * 1000,
        bootId: '0'.repeat(32),
        fields: [
          ['SEQ', String(number)],
          ['MESSAGE', 'm'.repeat(Math.floor(this.random() * 200))],
        ],
      };
      const cursor = cursorOf(entry, number + 1);
      this.entries.push({ cursor, bytes: Buffer.concat([Buffer.from(`__CURSOR=${cursor}\n`), encodeExport(entry)]) });
    }
    for (const source of this.sources) source.wake();
  }

  /** Removes the entries before this index. */
  vacuum(before: number): void {
    this.vacuumed = Math.max(this.vacuumed, Math.min(before, this.entries.length));
  }

  /** The number of the entry behind a place; that of the first one that is left when its own is gone. */
  indexOf(start: Start): number {
    const index =
      start.kind === 'cursor' ? this.entries.findIndex(({ cursor }) => cursor === start.cursor) : this.vacuumed;
    return Math.max(index, this.vacuumed);
  }

  open(options: SourceOptions): JournalSource {
    const source = new SimulatedSource(this, options);
    this.sources.add(source);
    this.mostSources = Math.max(this.mostSources, this.sources.size);
    return source;
  }
}

/** One reading of a simulated journal, as `Source` does it. */
export class SimulatedSource implements JournalSource {
  private readonly journal: SimulatedJournal;
  private readonly options: SourceOptions;
  private next = 0;
  private pending = Buffer.alloc(0);
  private isPaused = false;
  private isCut = false;
  private stalledUntilMs = 0;
  private blockedTimer: NodeJS.Timeout | undefined;
  private pump: NodeJS.Timeout | undefined;

  constructor(journal: SimulatedJournal, options: SourceOptions) {
    this.journal = journal;
    this.options = options;
  }

  start(): void {
    this.begin();
  }

  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.blockedTimer = setTimeout(() => {
      this.isCut = true;
    }, this.options.maxBlockedMs);
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    clearTimeout(this.blockedTimer);
    if (this.isCut) this.begin();
    else this.wake();
  }

  stop(): Promise<void> {
    clearTimeout(this.blockedTimer);
    clearTimeout(this.pump);
    this.journal.sources.delete(this);
    return Promise.resolve();
  }

  /** journalctl dies in the middle of whatever it writes, and another one begins. */
  die(): void {
    this.options.counted('restart');
    this.begin();
  }

  /** It gives nothing for a while. */
  stall(ms: number): void {
    this.stalledUntilMs = performance.now() + ms;
  }

  wake(): void {
    if (!this.journal.sources.has(this)) return;
    clearTimeout(this.pump);
    this.pump = setTimeout(
      () => {
        this.give();
      },
      Math.max(0, this.stalledUntilMs - performance.now()),
    );
  }

  private begin(): void {
    this.isCut = false;
    this.pending = Buffer.alloc(0);
    const start = this.options.resumeFrom();
    this.options.begun(start);
    this.next = this.journal.indexOf(start);
    this.wake();
  }

  private give(): void {
    const { journal } = this;
    if (this.isPaused || !journal.sources.has(this)) return;
    if (this.pending.length === 0) {
      const read = journal.entries.slice(this.next, this.next + Math.ceil(journal.random() * MAX_READ_ENTRIES));
      this.next += read.length;
      this.pending = Buffer.concat(read.map(({ bytes }) => bytes));
    }
    if (this.pending.length === 0) return;
    const length = Math.ceil(journal.random() * MAX_CHUNK_BYTES);
    const chunk = this.pending.subarray(0, length);
    this.pending = this.pending.subarray(length);
    this.options.chunk(chunk);
    this.wake();
  }
}

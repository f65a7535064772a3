import type { Block } from '../journal/block.ts';
import type { JournalSelection, Start } from '../journal/arguments.ts';
import { Continuity, type Hole } from '../journal/continuity.ts';
import { Decoder } from '../journal/decode.ts';
import { NAME } from '../journal/field-names.ts';
import type { Capabilities } from '../journal/probe.ts';
import { Source } from '../journal/source.ts';
import type { Complaint } from '../journal/stderr.ts';
import type { JournalError } from '../errors.ts';
import type { Position } from '../senders/sender.ts';
import type { Log } from '../telemetry/log.ts';
import { Dealer, type Subscriber } from './dealer.ts';
import type { Sieve } from './sieve.ts';

export interface FeedOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  readonly start: Start;
  readonly subscribers: readonly Subscriber[];
  readonly sieve: Sieve;
  /** Whether this is the reader's furthest feed: what the others read again is not counted a second time. */
  isLead(): boolean;
  /** Go on with new entries; otherwise end with what is there now. */
  readonly follow: boolean;
  readonly maxBlockedMs: number;
  readonly log: Log;
  /** Where to begin when a cursor is not understood. */
  readonly fallbackStart: Start;
  readonly events: FeedEvents;
}

export interface FeedEvents {
  /** Reading was to resume after the entry `wanted`, but that is not where journalctl began. */
  displaced(wanted: string, found: string): void;
  /** journalctl has left entries out without a word. */
  skipped(hole: Hole): void;
  ended(): void;
  failed(error: JournalError): void;
  restarted(): void;
  complained(complaint: Complaint): void;
}

/** Entries of one decoding step: few enough that the event loop stays lively. */
const MAX_BLOCK_ENTRIES = 1024;
/** More entries than the buffers and pipes between journalctl and us can hold. */
const SUSPECT_ENTRIES = 20_000;
const MAX_UNSEEN_WAIT_MS = 1000;

/** One running journalctl and the deliveries that stand at its place: reads, and deals every entry out to all of them. */
export class Feed {
  private readonly options: FeedOptions;
  private readonly decoder = new Decoder();
  private readonly dealer: Dealer;
  private readonly source: Source;
  private readonly startedUs = Number(process.hrtime.bigint() / 1000n);
  /** Dealt since the start; when last, in ms of `performance.now()`. */
  readonly counts = { entries: 0, bytes: 0, lastMs: undefined as number | undefined };
  /** The entry dealt last. */
  last: Position | undefined;
  private start: Start;
  /** The cursor that the next entry should have; that one was dealt before. */
  private expected: string | undefined;
  private isOver = false;
  private readonly continuity: Continuity | undefined;
  /** So many entries to come may lie behind a hole. */
  private suspectEntries = 0;
  private toldMalformed = 0;

  constructor(options: FeedOptions) {
    this.options = options;
    this.start = options.start;
    this.dealer = new Dealer(options.subscribers, options.sieve);
    const { selection, capabilities, follow, maxBlockedMs, log, events } = options;
    const isWhole = selection.units_to_match.length === 0 && selection.min_priority === undefined;
    this.continuity = isWhole ? new Continuity() : undefined;
    // Behind a filter nobody sees what a waiting journalctl drops, so it does not wait long; a new one begins at the cursor.
    const maxWaitMs = isWhole ? maxBlockedMs : Math.min(maxBlockedMs, MAX_UNSEEN_WAIT_MS);
    this.source = new Source({
      selection,
      capabilities,
      follow,
      maxBlockedMs: maxWaitMs,
      log,
      resumeFrom: () => this.resumeFrom(),
      begun: (start) => {
        this.begin(start);
      },
      chunk: (bytes) => {
        this.take(bytes);
      },
      badCursor: () => {
        this.forgetCursor();
      },
      ended: () => {
        events.ended();
      },
      failed: (error) => {
        events.failed(error);
      },
      counted: (event) => {
        if (event === 'restart') events.restarted();
        else events.complained(event);
      },
    });
  }

  /** What could not be decoded. */
  get errors(): Decoder['errors'] {
    return this.decoder.errors;
  }

  /** Entries that were too large for some sender. */
  get tooLarge(): number {
    return this.dealer.tooLarge;
  }

  /** Time of the entry dealt last, in µs since 1970; 0 before the first. */
  get lastUs(): number {
    return this.last?.realtimeUs ?? 0;
  }

  /** A full queue holds it up. */
  get isBlocked(): boolean {
    return this.dealer.room === 0;
  }

  run(): void {
    this.source.start();
  }

  stop(): Promise<void> {
    this.isOver = true;
    return this.source.stop();
  }

  /** A queue has room again. */
  wake(): void {
    this.deal();
  }

  private resumeFrom(): Start {
    return this.last === undefined ? this.start : { kind: 'cursor', cursor: this.last.cursor };
  }

  private begin(start: Start): void {
    this.decoder.finish();
    this.continuity?.forget();
    this.expected = start.kind === 'cursor' ? start.cursor : undefined;
  }

  private forgetCursor(): void {
    this.last = undefined;
    this.start = this.options.fallbackStart;
  }

  private take(bytes: Buffer): void {
    this.decoder.push(bytes);
    this.deal();
  }

  /** Deals what is decoded as far as the queues have room; without room journalctl has to wait. */
  private deal(): void {
    while (!this.isOver) {
      const room = this.dealer.room;
      if (room === 0) {
        this.source.pause();
        this.suspectEntries = SUSPECT_ENTRIES;
        return;
      }
      const block = this.decoder.decode(Math.min(room, MAX_BLOCK_ENTRIES));
      if (block.count === 0) break;
      this.dealBlock(block);
    }
    this.tellMalformed();
    this.source.resume();
  }

  private dealBlock(block: Block): void {
    const from = this.isRepeated(block) ? 1 : 0;
    if (from === block.count) return;
    this.lookForHoles(block, from);
    this.dealer.deal(block, from, this.options.isLead());
    this.last = { cursor: block.cursor(block.count - 1), realtimeUs: block.realtimeUs(block.count - 1) };
    this.counts.entries += block.count - from;
    this.counts.bytes += this.dealer.bytes;
    this.counts.lastMs = performance.now();
    if (!this.options.follow && this.isPastStart(block)) this.endEarly();
  }

  // A journalctl that has to wait drops what is vacuumed meanwhile without a word; what it had written before, at most
  // a few pipes full, still comes first.
  private lookForHoles(block: Block, from: number): void {
    const { continuity, options } = this;
    if (continuity === undefined) return;
    for (const hole of continuity.note(block, from, this.suspectEntries > 0)) options.events.skipped(hole);
    this.suspectEntries = Math.max(0, this.suspectEntries - block.count);
  }

  private tellMalformed(): void {
    const { malformed } = this.decoder.errors;
    if (malformed === this.toldMalformed) return;
    this.toldMalformed = malformed;
    this.options.log.error(
      'a part of what journalctl wrote could not be understood and was skipped; an entry may be missing. `journalctl --verify` tells whether the journal is damaged.',
      'malformed',
    );
  }

  /** Whether the first entry is the one that was dealt last before this run of journalctl began. */
  private isRepeated(block: Block): boolean {
    const { expected } = this;
    if (expected === undefined) return false;
    this.expected = undefined;
    const found = block.cursor(0);
    if (found !== expected) this.options.events.displaced(expected, found);
    return found === expected;
  }

  // Without `--follow` journalctl may still run after a journal that grows; an entry logged on this boot after the
  // beginning shows that the end, as it was then, is behind us. Clock changes cannot mislead the monotonic clock.
  private isPastStart(block: Block): boolean {
    const i = block.count - 1;
    if (block.monotonicUs(i) <= this.startedUs) return false;
    const boot = block.find(i, NAME.BOOT_ID);
    return boot >= 0 && block.text(boot) === this.options.capabilities.bootId;
  }

  private endEarly(): void {
    if (this.isOver) return;
    void this.stop();
    this.options.events.ended();
  }
}

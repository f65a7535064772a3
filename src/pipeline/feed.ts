import type { Block } from '../journal/block.ts';
import type { Start } from '../journal/arguments.ts';
import { Continuity } from '../journal/continuity.ts';
import { Decoder } from '../journal/decode.ts';
import { NAME } from '../journal/field-names.ts';
import { firstHint, lossesIn } from '../journal/losses.ts';
import { parseCursor } from '../journal/cursor.ts';
import { Source } from '../journal/source.ts';
import type { SourceOptions } from '../journal/source-options.ts';
import type { Position } from '../senders/sender.ts';
import { Dealer, type Subscriber } from './dealer.ts';
import type { FeedOptions, JournalSource, ReadCounts } from './feed-options.ts';
import { HoldUp } from './hold-up.ts';
import { Interleaving } from './interleaving.ts';

/** Entries of one decoding step: few enough that the event loop stays lively. */
const MAX_BLOCK_ENTRIES = 1024;
/** More entries than the buffers and pipes between journalctl and us can hold. */
const SUSPECT_ENTRIES = 20_000;
const MAX_UNSEEN_WAIT_MS = 1000;
/** A journalctl that stands blocked is stopped a little after the deliveries that block it were set apart. */
const GRACE_MS = 250;
/** An entry younger than this means that the feed is up to date; so does a wait for journalctl that takes this long. */
const FRESH_MS = 500;
/** A journalctl that has not given the entry where it was to begin after this time is not going to. */
const MISSING_MS = 10_000;
const IDLE_MS = 2000;

/** One running journalctl and the deliveries that stand at its place: reads, and deals every entry out to all of them. */
export class Feed<S extends Subscriber = Subscriber> {
  private readonly options: FeedOptions<S>;
  private readonly decoder = new Decoder();
  private readonly dealer: Dealer;
  private readonly source: JournalSource;
  private readonly holdUp: HoldUp;
  private readonly interleaving = new Interleaving();
  private members: readonly S[];
  /** Dealt since the start, by this feed or by one that has become one with it. */
  counts: ReadCounts = { entries: 0, bytes: 0, tooLarge: 0, lastMs: undefined };
  /** The entry dealt last. */
  last: Position | undefined;
  /** How many entries this feed has dealt, counted on from where it began; NaN while that place is unknown. */
  index: number;
  private start: Start;
  /** The cursor that the next entry should have; that one was dealt before. */
  private expected: string | undefined;
  private missingTimer: NodeJS.Timeout | undefined;
  private isOver = false;
  private readonly continuity: Continuity | undefined;
  /** So many entries to come may lie behind a hole. */
  private suspectEntries = 0;
  private toldMalformed = 0;
  /** When it had dealt all that was there, in ms of `performance.now()`; undefined while it is held up. */
  private idleSinceMs: number | undefined;

  constructor(options: FeedOptions<S>, index = NaN) {
    this.options = options;
    this.index = index;
    this.start = options.start;
    this.members = options.subscribers;
    this.dealer = new Dealer(options.subscribers, options.sieve);
    const { selection, isolationTimeoutMs, openSource = openJournalctl } = options;
    const isWhole = selection.units_to_match.length === 0 && selection.min_priority === undefined;
    this.continuity = isWhole ? new Continuity() : undefined;
    this.holdUp = new HoldUp({
      limitMs: isolationTimeoutMs,
      exceeded: () => {
        options.events.stuck(this.members.filter(({ queue }) => queue.isFull));
      },
    });
    const maxBlockedMs = isolationTimeoutMs + GRACE_MS;
    // Behind a filter nobody sees what a waiting journalctl drops, so it does not wait long; a new one begins at the cursor.
    this.source = openSource(this.sourceOptions(isWhole ? maxBlockedMs : Math.min(maxBlockedMs, MAX_UNSEEN_WAIT_MS)));
  }

  /** What could not be decoded. */
  get errors(): Decoder['errors'] {
    return this.decoder.errors;
  }

  /** The entry behind which it goes on, if that is known. */
  get position(): Position | undefined {
    const { last, start } = this;
    if (last !== undefined || start.kind !== 'cursor') return last;
    return { cursor: start.cursor, realtimeUs: parseCursor(start.cursor)?.realtimeUs ?? 0 };
  }

  /** Whether a delivery that begins here has missed nothing of what it deals, and will get nothing twice. */
  standsAt(start: Start): boolean {
    if (start.kind === 'cursor') return this.position?.cursor === start.cursor;
    if (this.last !== undefined || this.start.kind !== start.kind) return false;
    return this.start.kind !== 'since' || start.kind !== 'since' || this.start.realtimeUs === start.realtimeUs;
  }

  /** Time of the entry dealt last, in µs since 1970, or of the place where it began; 0 when that has none. */
  get lastUs(): number {
    return this.position?.realtimeUs ?? (this.start.kind === 'since' ? this.start.realtimeUs : 0);
  }

  /** It has waited for journalctl for a while: there is nothing more. */
  get isAtEnd(): boolean {
    return this.idleSinceMs !== undefined && performance.now() - this.idleSinceMs > IDLE_MS;
  }

  /** A full queue holds it up. */
  get isBlocked(): boolean {
    return this.dealer.room === 0;
  }

  /** It reads nothing, though there is room and it was not told to end. */
  get isWedged(): boolean {
    return !this.isOver && !this.isBlocked && this.source.isWedged === true;
  }

  get subscribers(): readonly S[] {
    return this.members;
  }

  /** Whether a feed that stands at this place may hand over: nothing is behind it there that was before it here. */
  isOpenAt(position: Position): boolean {
    return !this.isOver && !this.isBlocked && this.interleaving.isBehind(position);
  }

  run(): void {
    this.source.start();
  }

  stop(): Promise<void> {
    this.isOver = true;
    this.holdUp.forgive();
    clearTimeout(this.missingTimer);
    return this.source.stop();
  }

  /** Takes in deliveries that stand where it stands. */
  join(subscribers: readonly S[]): void {
    this.serve([...this.members, ...subscribers]);
  }

  /** Lets go of deliveries, and goes on if only they held it up. */
  leave(subscribers: readonly S[]): void {
    this.serve(this.members.filter((member) => !subscribers.includes(member)));
    this.deal();
  }

  /** A queue has room again. */
  wake(): void {
    this.deal();
  }

  private serve(members: readonly S[]): void {
    this.members = members;
    this.dealer.serve(members);
  }

  private sourceOptions(maxBlockedMs: number): SourceOptions {
    const { selection, capabilities, follow, stallCheckMs, log, events } = this.options;
    return {
      selection,
      stallCheckMs,
      capabilities,
      follow,
      maxBlockedMs,
      log,
      resumeFrom: () => this.resumeFrom(),
      begun: (start) => {
        this.begin(start);
      },
      chunk: (bytes) => {
        this.take(bytes);
      },
      fileIgnored: (file, start) => {
        events.fileIgnored(file, start);
      },
      badCursor: () => {
        this.forgetCursor();
      },
      ended: () => {
        this.tellMissing();
        events.ended();
      },
      failed: (error) => {
        events.failed(error);
      },
      counted: (event) => {
        if (event === 'restart') events.restarted();
        else if (event === 'stall') events.stalled();
        else events.complained(event);
      },
    };
  }

  private resumeFrom(): Start {
    return this.last === undefined ? this.start : { kind: 'cursor', cursor: this.last.cursor };
  }

  private begin(start: Start): void {
    this.decoder.finish();
    this.continuity?.forget();
    this.expected = start.kind === 'cursor' ? start.cursor : undefined;
    clearTimeout(this.missingTimer);
    this.missingTimer = setTimeout(() => {
      this.tellMissing();
    }, MISSING_MS).unref();
  }

  // Behind a filter it may take weeks until an entry comes that shows that others are gone.
  private tellMissing(): void {
    if (this.expected !== undefined && !this.isOver && !this.isBlocked) {
      this.options.events.displaced(this.expected, undefined);
    }
  }

  private forgetCursor(): void {
    this.last = undefined;
    this.start = this.options.fallbackStart;
  }

  private take(bytes: Buffer): void {
    const { idleSinceMs } = this;
    if (idleSinceMs !== undefined && performance.now() - idleSinceMs > FRESH_MS) this.holdUp.forgive();
    this.decoder.push(bytes);
    this.deal();
  }

  /** Deals what is decoded as far as the queues have room; without room journalctl has to wait. */
  private deal(): void {
    while (!this.isOver) {
      const room = this.dealer.room;
      if (room === 0) {
        this.wait();
        return;
      }
      const block = this.decoder.decode(Math.min(room, MAX_BLOCK_ENTRIES));
      if (block.count === 0) break;
      this.dealBlock(block);
    }
    if (this.isOver) return;
    this.tellMalformed();
    this.holdUp.set(false);
    this.idleSinceMs = performance.now();
    this.source.resume();
  }

  private wait(): void {
    this.source.pause();
    this.suspectEntries = SUSPECT_ENTRIES;
    this.idleSinceMs = undefined;
    // Later, when whoever has just settled a batch has taken the next one. While all have something to send nobody is late.
    queueMicrotask(() => {
      if (!this.isOver && this.isBlocked) this.holdUp.set(this.members.some(({ queue }) => queue.isHungry));
    });
  }

  private dealBlock(block: Block): void {
    const from = this.isRepeated(block) ? 1 : 0;
    const { events, follow } = this.options;
    const seam = events.meets(block);
    if (seam !== undefined) block.truncate(seam.end);
    if (block.count > 0) this.lookForHoles(block);
    if (from < block.count) this.dealEntries(block, from);
    if (seam !== undefined) seam.join();
    else if (!follow && this.isPastStart(block)) this.endEarly();
  }

  private dealEntries(block: Block, from: number): void {
    const { counts } = this;
    this.lookForLosses(block, from);
    this.interleaving.note(block, from);
    const tooLarge = this.dealer.deal(block, from, this.options.isLead());
    const last = block.count - 1;
    this.last = { cursor: block.cursor(last), realtimeUs: block.realtimeUs(last) };
    this.index += block.count - from;
    if (Date.now() - this.last.realtimeUs / 1000 < FRESH_MS) this.holdUp.forgive();
    counts.entries += block.count - from;
    counts.bytes += this.dealer.bytes;
    counts.tooLarge += tooLarge;
    counts.lastMs = performance.now();
  }

  // A journalctl that has to wait drops what is vacuumed meanwhile without a word; what it had written before, at most
  // a few pipes full, still comes first. One that is just reading what is vacuumed writes half an entry.
  private lookForHoles(block: Block): void {
    const { continuity, options } = this;
    if (continuity === undefined) return;
    const isSuspect = this.suspectEntries > 0 || this.decoder.errors.malformed !== this.toldMalformed;
    for (const hole of continuity.note(block, 0, isSuspect)) options.events.skipped(hole, isSuspect);
    this.suspectEntries = Math.max(0, this.suspectEntries - block.count);
  }

  private lookForLosses(block: Block, from: number): void {
    const { events, selection } = this.options;
    if (selection.outputFields === undefined) {
      for (const loss of lossesIn(block, from)) events.lost(loss);
      return;
    }
    const i = firstHint(block, from);
    if (i >= 0) events.mayHaveLost(block.cursor(i));
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
    if (block.monotonicUs(i) <= this.options.startedUs) return false;
    const boot = block.find(i, NAME.BOOT_ID);
    return boot >= 0 && block.text(boot) === this.options.capabilities.bootId;
  }

  private endEarly(): void {
    if (this.isOver) return;
    void this.stop();
    this.options.events.ended();
  }
}

function openJournalctl(options: SourceOptions): JournalSource {
  return new Source(options);
}

import type { Block } from '../journal/block.ts';
import type { Start } from '../journal/arguments.ts';
import type { JournalSelection } from '../journal/selection.ts';
import type { Hole } from '../journal/continuity.ts';
import type { Loss } from '../journal/losses.ts';
import type { Capabilities } from '../journal/probe.ts';
import { Source } from '../journal/source.ts';
import type { SourceOptions } from '../journal/source-options.ts';
import type { IgnoredFile } from '../journal/skipped-file.ts';
import type { Complaint } from '../journal/stderr.ts';
import type { JournalError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Subscriber } from './dealer.ts';
import type { Sieve } from './sieve.ts';

export interface FeedOptions<S extends Subscriber> {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  readonly start: Start;
  readonly subscribers: readonly S[];
  readonly sieve: Sieve;
  /** Whether this is the reader's furthest feed: what the others read again is not counted a second time. */
  isLead(): boolean;
  /** Go on with new entries; otherwise end with what was there at this time of the monotonic clock, in µs. */
  readonly follow: boolean;
  readonly startedUs: number;
  /** How long full queues may hold up the feed: the other deliveries, and journalctl. */
  readonly isolationTimeoutMs: number;
  /** A journalctl that has given nothing for so long is looked into. */
  readonly stallCheckMs: number;
  readonly log: Log;
  /** Where to begin when a cursor is not understood. */
  readonly fallbackStart: Start;
  readonly events: FeedEvents<S>;
  readonly openSource?: (options: SourceOptions) => JournalSource;
}

/** What a feed needs of journalctl; `Source` is the real one. */
export type JournalSource = Pick<Source, 'start' | 'pause' | 'resume' | 'stop'> & Partial<Pick<Source, 'isWedged'>>;

/** Entries read, whatever became of them, their bytes in the longest form that any sender gets, and when last. */
export interface ReadCounts {
  entries: number;
  bytes: number;
  /** Entries that were too large for some sender. */
  tooLarge: number;
  /** In ms of `performance.now()`. */
  lastMs: number | undefined;
}

/** Another feed stands at the entry before index `end` of a Block. */
export interface Seam {
  readonly end: number;
  /** Hands this feed's deliveries over to the other one. */
  join(): void;
}

export interface FeedEvents<S extends Subscriber> {
  /** Looks in a Block for the place of another feed that this one may join. */
  meets(block: Block): Seam | undefined;
  /** These deliveries have held up the others for too long. */
  stuck(subscribers: readonly S[]): void;
  /** Reading was to resume after the entry `wanted`, but that is not where journalctl began; undefined: it gives nothing. */
  displaced(wanted: string, found: string | undefined): void;
  /** Numbers are missing between two entries; `isSuspect`: journalctl had to wait, and drops what is vacuumed meanwhile. */
  skipped(hole: Hole, isSuspect: boolean): void;
  /** journald says that entries are lost. */
  lost(loss: Loss): void;
  /** The entry at the cursor, of which few fields are known, may tell of losses. */
  mayHaveLost(cursor: string): void;
  /** journalctl, which was to begin at `start`, leaves a file out. */
  fileIgnored(file: IgnoredFile, start: Start): void;
  ended(): void;
  failed(error: JournalError): void;
  restarted(): void;
  /** journalctl hung and was started again. */
  stalled(): void;
  complained(complaint: Complaint): void;
}

// What the daemon knows about itself, as the reporter asks for it: plain numbers that only the owners change. All
// counts are since the start of their object; one that gets smaller is taken for a new object that began at 0.

/** All figures of a running Bridge. */
export interface BridgeStats {
  readonly readers: readonly ReaderStats[];
  /** Reloads of the config: taken over, or refused because of its faults. */
  readonly reloads: { readonly applied: number; readonly refused: number };
  /** Saves of the state file that failed. */
  readonly stateSavesFailed: number;
}

/** The figures of a reader. */
export interface ReaderStats {
  readonly name: string;
  /** When entries were read last, in ms of `performance.now()`; undefined before the first. */
  readonly lastReadMs: number | undefined;
  /** Entries read, whatever became of them, counted at the feed that is furthest. */
  readonly readEntries: number;
  /** Bytes of these in the longest form that any sender gets. */
  readonly readBytes: number;
  /** A full queue holds up the reading: there may be more in the journal than was read. */
  readonly isBlocked: boolean;
  /** Feeds that read for it now; times a sender was set apart for holding up the others; times two feeds became one. */
  readonly feeds: number;
  readonly splits: number;
  readonly merges: number;
  /** Entries dropped before the senders, by what dropped them. */
  readonly dropped: {
    readonly own_log: number;
    readonly unit: number;
    readonly match: number;
    readonly search: number;
  };
  /** Entries over `max_entry_bytes`, each counted once. */
  readonly tooLarge: number;
  /** The decoders' counts, added up over all feeds. */
  readonly decodeErrors: { readonly malformed: number; readonly truncated: number; readonly cut: number };
  /** Times that journalctl ended unasked and was started again. */
  readonly restarts: number;
  /** Times that it hung and was killed. */
  readonly stalls: number;
  /** Lines of its stderr that matter, by kind of complaint. */
  readonly complaints: Readonly<Record<string, number>>;
  /** Gaps found, by kind. */
  readonly gaps: Readonly<Record<string, number>>;
  /** For each secret filter, in the order of the config, the matches it has replaced. */
  readonly redactions: readonly number[];
  /** Entries that any secret filter has changed; undefined unless `secret_filter_metrics` is true. */
  readonly secretFilterMatches: number | undefined;
  readonly senders: readonly SenderStats[];
}

/** The figures of a sender and its delivery. */
export interface SenderStats {
  readonly name: string;
  readonly status: 'connected' | 'disconnected' | 'stopped';
  /** It could not be made from its options yet (`createSender` failed). */
  readonly hasFailedToStart: boolean;
  /** When the destination accepted a batch last, in ms of `performance.now()`; undefined before the first. */
  readonly lastSentMs: number | undefined;
  /** Entries and bytes that the destination has accepted. */
  readonly sentEntries: number;
  readonly sentBytes: number;
  /** Batches with entries that the destination has accepted. */
  readonly batches: number;
  /** Attempts to connect or send that failed and are made again. */
  readonly retries: number;
  /** Entries refused for good. */
  readonly rejectedEntries: number;
  /** Those of them that were kept as dead letters, and older dead letters that were removed to make room. */
  readonly deadLetters: number;
  readonly deadLettersRotatedOut: number;
  /** Entries and bytes held in memory, those in flight included. */
  readonly queueEntries: number;
  readonly queueBytes: number;
  /** Entries that the reader has read and that are not settled here, those this sender does not want included; undefined
   * while it reads for itself, from a place whose distance is not known. */
  readonly behindEntries: number | undefined;
  /** How late it is, as in the state file; null: not known yet. */
  readonly lagSeconds: number | null;
  /** Time of the entry settled last, in µs since 1970, from the state file at first; undefined before any. */
  readonly acknowledgedUs: number | undefined;
  /** Entries that its own filters have dropped, by filter. */
  readonly dropped: { readonly unit_log_level: number };
  /** Unexpected errors (those that are no JournalbridgeError), by the name of their class. */
  readonly exceptions: Readonly<Record<string, number>>;
}

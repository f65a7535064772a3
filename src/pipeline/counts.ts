/** What a delivery counts. */
export interface DeliveryCounts {
  sentEntries: number;
  sentBytes: number;
  batches: number;
  /** Attempts that failed. */
  retries: number;
  /** The sender could not be made yet. */
  hasFailedToStart: boolean;
  /** In ms of `performance.now()`. */
  lastSentMs: number | undefined;
  /** Errors that no sender should throw, by class. */
  exceptions: Record<string, number>;
  /** Entries that the destination has refused for good. */
  rejectedEntries: number;
  /** Those of them that were kept as dead letters. */
  deadLetters: number;
  /** Older dead letters that were removed to make room. */
  deadLettersRotatedOut: number;
}

/** The counts of a delivery that has not begun. */
export function newCounts(): DeliveryCounts {
  return {
    sentEntries: 0,
    sentBytes: 0,
    batches: 0,
    retries: 0,
    hasFailedToStart: false,
    lastSentMs: undefined,
    exceptions: {},
    rejectedEntries: 0,
    deadLetters: 0,
    deadLettersRotatedOut: 0,
  };
}

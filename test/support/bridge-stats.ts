import type { BridgeStats, ReaderStats, SenderStats } from '../../src/telemetry/metrics-stats.ts';

/** The figures of a sender that has done nothing yet, but for these. */
export function senderStats(figures: Partial<SenderStats> = {}): SenderStats {
  return {
    name: 's',
    status: 'connected',
    hasFailedToStart: false,
    lastSentMs: undefined,
    sentEntries: 0,
    sentBytes: 0,
    batches: 0,
    retries: 0,
    rejectedEntries: 0,
    deadLetters: 0,
    deadLettersRotatedOut: 0,
    queueEntries: 0,
    queueBytes: 0,
    behindEntries: 0,
    lagSeconds: 0,
    acknowledgedUs: undefined,
    dropped: { unit_log_level: 0 },
    exceptions: {},
    ...figures,
  };
}

/** The figures of a reader with one sender that has done nothing yet, but for these. */
export function readerStats(figures: Partial<ReaderStats> = {}): ReaderStats {
  return {
    name: 'r',
    lastReadMs: undefined,
    readEntries: 0,
    readBytes: 0,
    isBlocked: false,
    feeds: 1,
    splits: 0,
    merges: 0,
    dropped: { own_log: 0, unit: 0, match: 0, search: 0 },
    tooLarge: 0,
    decodeErrors: { malformed: 0, truncated: 0, cut: 0 },
    restarts: 0,
    stalls: 0,
    complaints: {},
    gaps: {},
    redactions: [],
    secretFilterMatches: undefined,
    senders: [senderStats()],
    ...figures,
  };
}

/** The figures of a daemon with one reader that has done nothing yet, but for these. */
export function bridgeStats(figures: Partial<BridgeStats> = {}): BridgeStats {
  return { readers: [readerStats()], reloads: { applied: 0, refused: 0 }, stateSavesFailed: 0, ...figures };
}

/** The figures of a daemon in which everything has happened that a metric tells of. */
export function eventfulStats(): BridgeStats {
  const sender = senderStats({
    hasFailedToStart: true,
    sentEntries: 1,
    sentBytes: 2,
    batches: 3,
    retries: 4,
    rejectedEntries: 5,
    deadLetters: 34,
    deadLettersRotatedOut: 35,
    queueEntries: 6,
    queueBytes: 7,
    behindEntries: 8,
    dropped: { unit_log_level: 9 },
    exceptions: { TypeError: 10 },
  });
  const reader = readerStats({
    readEntries: 11,
    readBytes: 12,
    dropped: { own_log: 13, unit: 14, match: 15, search: 16 },
    tooLarge: 17,
    decodeErrors: { malformed: 18, truncated: 19, cut: 20 },
    restarts: 21,
    stalls: 32,
    complaints: { permission: 22 },
    splits: 30,
    merges: 31,
    gaps: { vacuumed: 23 },
    redactions: [24, 25],
    secretFilterMatches: 26,
    senders: [sender],
  });
  return bridgeStats({ readers: [reader], reloads: { applied: 27, refused: 28 }, stateSavesFailed: 29 });
}

import type { MetricName } from './metrics-table.ts';
import type { BridgeStats, ReaderStats, SenderStats } from './metrics-stats.ts';
import type { Tags } from './statsd-name.ts';

/** A figure on its way to a metric: of a counter, all since the start. */
export interface Reading {
  readonly name: MetricName;
  readonly value: number;
  readonly tags: Tags;
}

/** The times that ages are computed from. */
export interface Clock {
  /** Now, and when the reporting began, in ms of `performance.now()`. */
  readonly nowMs: number;
  readonly startMs: number;
}

const STATUS = { connected: 3, disconnected: 2, stopped: 0 };

/** Everything that a Bridge's figures say, as readings of the table's metrics. */
export function readingsOf(stats: BridgeStats, clock: Clock): Reading[] {
  const { reloads, stateSavesFailed } = stats;
  return [
    ...byTag('journalbridge.reloads', 'result', {}, reloads),
    { name: 'journalbridge.state_save_failures', value: stateSavesFailed, tags: {} },
    ...stats.readers.flatMap((reader) => readerReadings(reader, clock)),
  ];
}

function readerReadings(stats: ReaderStats, clock: Clock): Reading[] {
  const tags = { reader: stats.name };
  const secretFilterMatches = stats.secretFilterMatches ?? 0;
  return [
    { name: 'journal.last_read_ago', value: secondsSince(stats.lastReadMs, clock), tags },
    { name: 'journal.read_lines', value: stats.readEntries, tags },
    { name: 'journal.read_bytes', value: stats.readBytes, tags },
    { name: 'journal.secret_filter_match', value: secretFilterMatches, tags },
    { name: 'journal.corrupted_log_entry', value: stats.decodeErrors.malformed, tags },
    { name: 'journal.read_error', value: stats.tooLarge, tags: { error: 'too_long', ...tags } },
    { name: 'sender.failed_to_start', value: stats.senders.filter((s) => s.hasFailedToStart).length, tags },
    { name: 'journalbridge.journalctl_restarts', value: stats.restarts, tags },
    { name: 'journalbridge.stall_restarts', value: stats.stalls, tags },
    { name: 'journalbridge.feeds', value: stats.feeds, tags },
    { name: 'journalbridge.feed_splits', value: stats.splits, tags },
    { name: 'journalbridge.feed_merges', value: stats.merges, tags },
    ...byTag('journalbridge.gaps', 'reason', tags, stats.gaps),
    ...byTag('journalbridge.dropped_entries', 'filter', tags, stats.dropped),
    ...byTag('journalbridge.redactions', 'pattern', tags, Object.fromEntries(stats.redactions.entries())),
    ...byTag('journalbridge.decode_errors', 'kind', tags, stats.decodeErrors),
    ...byTag('journalbridge.journalctl_complaints', 'kind', tags, stats.complaints),
    ...stats.senders.flatMap((sender) => senderReadings(sender, stats, clock)),
  ];
}

function senderReadings(stats: SenderStats, reader: ReaderStats, clock: Clock): Reading[] {
  const tags = { reader: reader.name, sender: stats.name };
  return [
    { name: 'journal.last_sent_ago', value: secondsSince(stats.lastSentMs, clock), tags },
    { name: 'journal.sent_lines', value: stats.sentEntries, tags },
    { name: 'journal.sent_bytes', value: stats.sentBytes, tags },
    { name: 'journal.status', value: STATUS[stats.status], tags },
    { name: 'journalbridge.lag_seconds', value: stats.lagSeconds ?? secondsSince(undefined, clock), tags },
    ...(stats.behindEntries === undefined
      ? []
      : [{ name: 'journalbridge.lag_entries', value: stats.behindEntries, tags } as const]),
    { name: 'journalbridge.queue_entries', value: stats.queueEntries, tags },
    { name: 'journalbridge.queue_bytes', value: stats.queueBytes, tags },
    { name: 'journalbridge.batches', value: stats.batches, tags },
    { name: 'journalbridge.retries', value: stats.retries, tags },
    { name: 'journalbridge.rejected_entries', value: stats.rejectedEntries, tags },
    { name: 'journalbridge.dead_letters', value: stats.deadLetters, tags },
    { name: 'journalbridge.dead_letters_rotated_out', value: stats.deadLettersRotatedOut, tags },
    ...byTag('journalbridge.dropped_entries', 'filter', tags, stats.dropped),
    ...byTag('exception', 'exception', { where: 'sender', app: 'journalbridge', ...tags }, stats.exceptions),
  ];
}

/** One reading for each key, which becomes the value of a tag. */
function byTag(name: MetricName, tag: string, tags: Tags, values: Readonly<Record<string, number>>): Reading[] {
  return Object.entries(values).map(([key, value]) => ({ name, value, tags: { ...tags, [tag]: key } }));
}

function secondsSince(ms: number | undefined, { nowMs, startMs }: Clock): number {
  return toSeconds(nowMs - (ms ?? startMs));
}

function toSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}

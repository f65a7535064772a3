import type { Position } from '../senders/sender.ts';
import type { StoredLag } from '../state/stored.ts';

/** What a lag is computed from. */
export interface Progress {
  /** Read by the reader and not settled here, if that is known. */
  readonly behindEntries: number | undefined;
  /** When the reader read an entry last, in ms of `performance.now()`. */
  readonly lastReadMs: number | undefined;
  /** A full queue holds the reading up. */
  readonly isBlocked: boolean;
  /** All that there was has been read: the journal was read to its end, and reading does not follow. */
  readonly isReadOut: boolean;
}

const RATE_SECONDS = 60;
/** A reader that read nothing for so long, though it could, is at the end of the journal. */
const IDLE_MS = 2000;
/** After a start journalctl may take its time to find the place. */
const STARTING_MS = 10_000;

/** Where a sender stands, in the terms of a person who waits for entries: how late it is, and how fast. */
export class Standing {
  private readonly startMs = performance.now();
  private oldestUs: number | undefined;
  private settledUs: number | undefined;
  /** Entries acknowledged in each of the last seconds. */
  private readonly seconds = Array.from({ length: RATE_SECONDS }, () => ({ second: -1, count: 0 }));

  /** An entry was read when nothing else was waiting. */
  began({ realtimeUs }: Position): void {
    this.oldestUs = realtimeUs;
  }

  /** The destination has accepted `count` entries, up to this place. */
  settled({ realtimeUs }: Position, count: number): void {
    this.settledUs = realtimeUs;
    // The oldest one left is younger, by how much is not known here; it is near under load, where it matters.
    this.oldestUs = Math.max(this.oldestUs ?? 0, realtimeUs);
    const second = Math.floor(performance.now() / 1000);
    const bucket = this.seconds[second % RATE_SECONDS]!;
    if (bucket.second !== second) Object.assign(bucket, { second, count: 0 });
    bucket.count += count;
  }

  /** Entries a second, over the last minute or as long as it runs. */
  rate(): number {
    const nowMs = performance.now();
    const first = Math.floor(nowMs / 1000) - RATE_SECONDS;
    const count = this.seconds.reduce((sum, bucket) => sum + (bucket.second > first ? bucket.count : 0), 0);
    const seconds = Math.min(RATE_SECONDS, Math.max(1, (nowMs - this.startMs) / 1000));
    return Math.round((count / seconds) * 10) / 10;
  }

  /** It grows while a destination is down, though nothing new is read; on a quiet journal it is 0. */
  lag({ behindEntries, lastReadMs, isBlocked, isReadOut }: Progress): StoredLag {
    if (behindEntries === undefined) return lagSince(this.oldestUs, null);
    if (behindEntries > 0) return lagSince(this.oldestUs, behindEntries);
    if (isReadOut) return NO_LAG;
    const nowMs = performance.now();
    const isStarting = lastReadMs === undefined && nowMs - this.startMs < STARTING_MS;
    if (isStarting) return lagSince(undefined, null);
    const isAtEnd = !isBlocked && nowMs - (lastReadMs ?? this.startMs) > IDLE_MS;
    return isAtEnd ? NO_LAG : lagSince(this.settledUs, 0);
  }
}

const NO_LAG: StoredLag = { seconds: 0, entries: 0, since: null };

/** The lag of a sender whose oldest entry has this time; unknown without one. */
function lagSince(oldestUs: number | undefined, entries: number | null): StoredLag {
  // 0: an entry without a time.
  if (oldestUs === undefined || oldestUs === 0) return { seconds: null, entries, since: null };
  const ms = Math.floor(oldestUs / 1000);
  return { seconds: Math.max(0, Date.now() - ms) / 1000, entries, since: new Date(ms).toISOString() };
}

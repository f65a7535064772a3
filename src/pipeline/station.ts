import type { Start } from '../journal/arguments.ts';
import { parseCursor } from '../journal/cursor.ts';
import type { Position, Sender } from '../senders/sender.ts';
import type { StoredLag, StoredSender } from '../state/stored.ts';
import type { StoredDeadLetters } from '../state/stored-trouble.ts';
import type { SenderStats } from '../telemetry/metrics-stats.ts';
import type { Log } from '../telemetry/log.ts';
import type { EncoderOptions } from '../transform/encoder-options.ts';
import type { Level, Subscriber } from './dealer.ts';
import type { DeadLetters } from './dead-letters.ts';
import { Delivery } from './delivery.ts';
import type { Payloads, Queue, QueueLimits } from './queue.ts';
import type { Patient } from './pulse.ts';
import { Standing, type Progress } from './standing.ts';

export interface StationOptions {
  readonly name: string;
  readonly limits: QueueLimits;
  readonly maxBatchAgeMs: number;
  readonly busyBatchAgeMs?: number | undefined;
  /** How long its config lets an attempt take. */
  readonly attemptMs: number;
  readonly encoding: EncoderOptions;
  readonly level: Level | undefined;
  readonly stored: StoredSender;
  readonly log: Log;
  /** Where payloads go that the destination has refused for good; without it only the log tells of them. */
  readonly deadLetters?: DeadLetters | undefined;
  /** `mark`: what the state holds of the sender's own. */
  createSender: (mark: unknown) => Promise<Sender>;
  /** How far the reader has got, and this sender behind it. */
  progress: () => Progress;
  /** The checkpoint has moved. */
  moved: () => void;
  /** The queue has room again, or nothing is left in it. */
  drained: () => void;
}

/** Beyond what the config allows, attempts have limits of their own: a minute at most. */
const SILENCE_MS = 300_000;

/** A delivery with its checkpoint in the state file and its place at a feed. */
export class Station implements Subscriber, Patient {
  readonly delivery: Delivery;
  readonly stored: StoredSender;
  readonly encoding: EncoderOptions;
  readonly level: Level | undefined;
  private readonly options: StationOptions;
  private readonly before: StoredDeadLetters;
  private droppedByLevel = 0;
  private savingMark: unknown;
  /** While it is apart: how far its feed had counted when all that is still in the queue had been dealt. */
  leftAtIndex = NaN;
  private readonly standing = new Standing();
  private readonly retriesBefore: number;

  constructor(options: StationOptions) {
    this.options = options;
    this.stored = options.stored;
    this.retriesBefore = options.stored.retries ?? 0;
    this.encoding = options.encoding;
    this.level = options.level;
    const { name, limits, maxBatchAgeMs, busyBatchAgeMs, log, deadLetters, createSender, drained } = options;
    this.before = options.stored.dead_letters;
    this.delivery = new Delivery({
      name,
      limits,
      maxBatchAgeMs,
      busyBatchAgeMs,
      log,
      deadLetters,
      lastErrors: options.stored.health.last_errors,
      createSender: () => createSender(this.stored.sent.mark),
      acknowledged: (position, count, bytes) => {
        this.acknowledge(position, count, bytes);
      },
      drained,
    });
  }

  get name(): string {
    return this.options.name;
  }

  get queue(): Queue {
    return this.delivery.queue;
  }

  /** Its delivery is stuck: however slow a destination is, an attempt ends sooner, one way or the other. */
  get isWedged(): boolean {
    return this.delivery.silentMs > SILENCE_MS + 2 * this.options.attemptMs;
  }

  /** Where it is to begin: behind its checkpoint or, without one, where it began before, or at `fallback`. */
  startFrom(fallback: Start): Start {
    const { sent } = this.stored;
    const { cursor, start_realtime_us: since } = sent;
    if (cursor !== null && parseCursor(cursor) !== undefined) return { kind: 'cursor', cursor };
    if (cursor !== null) {
      this.options.log.error('its place in the state file is no cursor; it begins at initial_position instead.');
      sent.cursor = null;
    }
    if (since !== undefined) return { kind: 'since', realtimeUs: since };
    // Kept at once: a restart before the first acknowledgement must begin at the same place, not at a later "now".
    if (fallback.kind === 'since') sent.start_realtime_us = fallback.realtimeUs;
    this.options.moved();
    return fallback;
  }

  /** Leaves its feed, which has counted so far: only the batch in flight is kept, the rest will be read again. */
  leaveAt(index: number): void {
    const { queue } = this;
    const before = queue.pending;
    queue.clear();
    this.leftAtIndex = index - before + queue.pending;
  }

  push(payloads: Payloads): void {
    if (this.queue.pending === 0) this.standing.began(payloads.positionOf(0));
    this.stored.buffer.cursor = payloads.positionOf(payloads.count - 1).cursor;
    this.delivery.push(payloads);
  }

  tooLarge(): void {
    this.options.log.warn(
      `entries over ${this.encoding.maxEntryBytes} bytes of JSON are sent as stubs ("max_entry_bytes").`,
      'too-large',
    );
  }

  dropped(count: number): void {
    this.droppedByLevel += count;
  }

  /** Brings the figures in the state file up to date; called before each save. */
  describe(): void {
    const { stored, queue, before } = this;
    this.savingMark = stored.sent.mark;
    const { health, counts } = this.delivery;
    const elapsed = Math.round((Date.now() - health.sinceMs) / 100) / 10;
    stored.buffer = {
      ...stored.buffer,
      current_queue: queue.entries,
      total_size: queue.bytes,
      entry_num: counts.sentEntries + queue.entries,
    };
    stored.health = {
      status: health.status,
      elapsed,
      errors: [...health.errors],
      since: new Date(health.sinceMs).toISOString(),
      last_errors: health.lastErrors.map((error) => ({ ...error })),
      ...(health.trouble && { trouble: { ...health.trouble } }),
    };
    stored.dead_letters = {
      rejected: before.rejected + counts.rejectedEntries,
      count: before.count + counts.deadLetters,
      rotated_out: before.rotated_out + counts.deadLettersRotatedOut,
      last: health.lastRejection ?? before.last,
    };
    stored.retries = this.retriesBefore + counts.retries;
    stored.lag = this.lag();
    stored.rate = this.standing.rate();
  }

  lag(): StoredLag {
    return this.standing.lag(this.options.progress());
  }

  condition(): string {
    const { status, errors } = this.delivery.health;
    const isLate = this.lag().seconds !== 0;
    return [status, isLate, ...errors].join('\n');
  }

  isAtRest(): boolean {
    const { seconds, entries } = this.lag();
    return this.delivery.health.status === 'connected' && seconds === 0 && entries === 0 && this.standing.rate() === 0;
  }

  /** What `describe` was called for is on the disk. */
  saved(): void {
    if (this.savingMark !== undefined) this.delivery.sender?.saved?.(this.savingMark);
  }

  /** `behindEntries`: read by the reader and not settled here, if that is known. */
  stats(behindEntries: number | undefined): SenderStats {
    const { counts, health, queue } = this.delivery;
    return {
      ...counts,
      name: this.name,
      status: health.status,
      queueEntries: queue.entries,
      queueBytes: queue.bytes,
      behindEntries,
      lagSeconds: this.lag().seconds,
      acknowledgedUs: parseCursor(this.stored.sent.cursor ?? '')?.realtimeUs,
      dropped: { unit_log_level: this.droppedByLevel },
    };
  }

  private acknowledge(position: Position, count: number, bytes: number): void {
    const { sent } = this.stored;
    sent.cursor = position.cursor;
    sent.count += count;
    sent.bytes += bytes;
    sent.time = new Date(position.realtimeUs / 1000).toISOString();
    delete sent.start_realtime_us;
    const mark = this.delivery.sender?.mark?.();
    if (mark !== undefined) sent.mark = mark;
    this.standing.settled(position, count);
    this.options.moved();
  }
}

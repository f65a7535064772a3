import type { ReaderConfig, SenderConfig } from '../config/schema.ts';
import type { JournalError } from '../errors.ts';
import type { Start } from '../journal/arguments.ts';
import { parseCursor } from '../journal/cursor.ts';
import { findGap, reportGap } from '../journal/gap.ts';
import type { Capabilities } from '../journal/probe.ts';
import { resolveStart } from '../journal/start.ts';
import { senderDefinition } from '../senders/registry.ts';
import type { Position } from '../senders/sender.ts';
import type { StateFile } from '../state/state-file.ts';
import type { StoredReader, StoredSender } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';
import type { Match } from '../transform/match.ts';
import { Delivery } from './delivery.ts';
import type { Subscriber } from './dealer.ts';
import { Feed } from './feed.ts';

export interface ReaderOptions {
  readonly name: string;
  readonly config: ReaderConfig;
  readonly capabilities: Capabilities;
  readonly match: Match;
  readonly isolationTimeoutMs: number;
  /** Go on with new entries; otherwise end with what is there now. */
  readonly follow: boolean;
  readonly state: StateFile;
  readonly log: Log;
}

/** A delivery with its part of the state file. */
interface Station {
  readonly delivery: Delivery;
  readonly subscriber: Subscriber;
  readonly stored: StoredSender;
}

/** A batch is at most this large, and at most half a queue: one half fills while the other is being sent. */
const BATCH_MAX_BYTES = 4 * 1024 * 1024;
const MAX_GAPS = 100;

/** A selection of the journal with its deliveries: those with the same checkpoint share a feed. */
export class Reader {
  readonly name: string;
  private readonly options: ReaderOptions;
  private readonly stored: StoredReader;
  private readonly stations: Station[];
  private feeds: Feed[] = [];
  private openFeeds = 0;
  private failure: JournalError | undefined;
  private finish: () => void = () => undefined;
  /** Entries and bytes read since the start, counted at the feed that is furthest. */
  read = { entries: 0, bytes: 0 };
  tooLarge = 0;
  restarts = 0;
  /** Without `follow`: resolves when all feeds have come to the end. */
  readonly ended = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(options: ReaderOptions) {
    this.name = options.name;
    this.options = options;
    this.stored = options.state.reader(options.name);
    const senders = Object.entries(options.config.senders).filter(([, { enabled }]) => enabled);
    this.stations = senders.map(([name, config]) => this.makeStation(name, config));
  }

  get deliveries(): readonly Delivery[] {
    return this.stations.map(({ delivery }) => delivery);
  }

  /** Why the journal could not be read to its end, if it could not. */
  get error(): JournalError | undefined {
    return this.failure;
  }

  async start(): Promise<void> {
    const fallback = await this.initialStart();
    const places = new Map<string, { start: Start; stations: Station[] }>();
    for (const station of this.stations) {
      const start = this.startOf(station, fallback);
      const place = places.get(JSON.stringify(start)) ?? { start, stations: [] };
      place.stations.push(station);
      places.set(JSON.stringify(start), place);
      station.delivery.start();
    }
    this.feeds = [...places.values()].map(({ start, stations }) => this.makeFeed(start, stations, fallback));
    this.openFeeds = this.feeds.length;
    for (const feed of this.feeds) feed.run();
    if (this.feeds.length === 0) this.finish();
  }

  /** Reads no more. */
  async stopReading(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.stop()));
  }

  /** Resolves when all that was read is settled. */
  async drain(signal: AbortSignal): Promise<void> {
    for (const { delivery } of this.stations) delivery.drain();
    while (!signal.aborted && this.stations.some(({ delivery }) => !delivery.isIdle)) {
      await new Promise<void>((resolve) => {
        this.drained = resolve;
        signal.addEventListener('abort', () => { resolve(); }, { once: true });
      });
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.stations.map(({ delivery }) => delivery.stop()));
  }

  reopen(): void {
    for (const { delivery } of this.stations) delivery.reopen();
  }

  /** Brings the figures in the state file up to date. */
  describe(): void {
    for (const { delivery, stored } of this.stations) {
      const { queue, health } = delivery;
      stored.buffer = { ...stored.buffer, current_queue: queue.entries, total_size: queue.bytes, entry_num: this.read.entries };
      const elapsed = Math.round((Date.now() - health.sinceMs) / 100) / 10;
      stored.health = { status: health.status, elapsed, errors: [...health.errors] };
    }
  }

  /** How a sender stands: what it has acknowledged and what it still has to send. */
  progress(): { sender: string; sent: number; queued: number; sentUs: number }[] {
    return this.stations.map(({ delivery, stored }) => ({
      sender: delivery.name,
      sent: delivery.sent.entries,
      queued: delivery.queue.entries,
      sentUs: parseCursor(stored.sent.cursor ?? '')?.realtimeUs ?? 0,
    }));
  }

  /** Time of the entry read last, in µs since 1970. */
  get readUs(): number {
    return parseCursor(this.stored.cursor ?? '')?.realtimeUs ?? 0;
  }

  private drained: () => void = () => undefined;

  /** Seconds after the boot are computed only if some sender needs them: that asks journalctl. */
  private async initialStart(): Promise<Start> {
    const { config, capabilities } = this.options;
    const isNeeded =
      typeof config.initial_position === 'string' || this.stations.some(({ stored }) => parseCursor(stored.sent.cursor ?? '') === undefined);
    return isNeeded ? resolveStart(config.initial_position, config, capabilities) : { kind: 'head' };
  }

  private startOf({ stored, delivery }: Station, fallback: Start): Start {
    const { cursor, start_realtime_us: since } = stored.sent;
    if (cursor !== null && parseCursor(cursor) !== undefined) return { kind: 'cursor', cursor };
    if (cursor !== null) {
      this.options.log.error(
        `the place of ${delivery.name} in the state file is no cursor; it begins at initial_position instead.`,
      );
      stored.sent.cursor = null;
    }
    if (since !== undefined) return { kind: 'since', realtimeUs: since };
    // Kept at once: a restart before the first acknowledgement must begin at the same place, not at a later "now".
    if (fallback.kind === 'since') stored.sent.start_realtime_us = fallback.realtimeUs;
    this.options.state.touch();
    return fallback;
  }

  private makeFeed(start: Start, stations: readonly Station[], fallbackStart: Start): Feed {
    const { config, capabilities, match, follow, isolationTimeoutMs, log } = this.options;
    return new Feed({
      selection: config,
      capabilities,
      start,
      fallbackStart,
      subscribers: stations.map(({ subscriber }) => subscriber),
      match,
      follow,
      maxBlockedMs: isolationTimeoutMs,
      log,
      events: {
        read: (last, count, bytes) => { this.hasRead(last, count, bytes); },
        displaced: (wanted, found) => void this.lookForGap(wanted, found),
        ended: () => { this.feedEnded(); },
        failed: (error) => {
          this.failure = error;
          log.error(`${error.message}.`);
          this.feedEnded();
        },
        counted: (event) => { if (event === 'restart') this.restarts++; },
      },
    });
  }

  private makeStation(name: string, config: SenderConfig): Station {
    const { options } = this;
    const definition = senderDefinition(config.output_type)!;
    const stored = options.state.sender(options.name, name, definition.stateType);
    const maxBytes = options.config.msg_buffer_max_bytes;
    const log = options.log.scoped(name);
    const delivery: Delivery = new Delivery({
      name,
      limits: {
        maxEntries: options.config.msg_buffer_max_length,
        maxBytes,
        batchMaxEntries: options.config.msg_buffer_max_length,
        batchMaxBytes: Math.min(BATCH_MAX_BYTES, Math.ceil(maxBytes / 2)),
      },
      maxBatchAgeMs: (config.max_send_interval ?? definition.defaultSendInterval) * 1000,
      log,
      createSender: () => definition.create(config.options, { name: `${options.name}.${name}`, log }),
      acknowledged: (position, count, bytes) => { this.acknowledged(stored, position, { count, bytes }); },
      drained: () => {
        for (const feed of this.feeds) feed.wake();
        this.drained();
      },
    });
    const subscriber: Subscriber = {
      queue: delivery.queue,
      encoding: { format: config.format, extraFields: config.extra_field_values, maxEntryBytes: config.max_entry_bytes },
      push: (payloads) => { delivery.push(payloads); },
      tooLarge: (count) => { this.countTooLarge(name, config, count); },
    };
    return { delivery, subscriber, stored };
  }

  private acknowledged(stored: StoredSender, position: Position, sent: { count: number; bytes: number }): void {
    stored.sent.cursor = position.cursor;
    stored.sent.count += sent.count;
    stored.sent.bytes += sent.bytes;
    stored.sent.time = new Date(position.realtimeUs / 1000).toISOString();
    delete stored.sent.start_realtime_us;
    this.options.state.touch();
  }

  private hasRead(last: Position, count: number, bytes: number): void {
    this.read.entries += count;
    this.read.bytes += bytes;
    this.stored.cursor = last.cursor;
    this.stored.total_lines += count;
    this.stored.total_bytes += bytes;
  }

  private countTooLarge(sender: string, config: SenderConfig, count: number): void {
    this.tooLarge += count;
    this.options.log.warn(
      `entries over ${config.max_entry_bytes} bytes of JSON go to ${sender} as stubs ("max_entry_bytes").`,
      `too-large-${sender}`,
    );
  }

  private async lookForGap(wanted: string, found: string): Promise<void> {
    const { config, capabilities, log, state } = this.options;
    try {
      const gap = await findGap(config, capabilities, { wanted, found });
      if (gap === undefined) return;
      reportGap(log, gap);
      this.stored.gaps = [...(this.stored.gaps ?? []), gap].slice(-MAX_GAPS);
      state.touch();
    } catch (error) {
      log.error(`entries may be missing after ${wanted}, and it could not be found out: ${String(error)}.`);
    }
  }

  private feedEnded(): void {
    this.openFeeds--;
    if (this.openFeeds === 0) this.finish();
  }
}

import type { ReaderConfig, SenderConfig } from '../config/schema.ts';
import type { JournalError } from '../errors.ts';
import type { Start } from '../journal/arguments.ts';
import { parseCursor } from '../journal/cursor.ts';
import type { Capabilities } from '../journal/probe.ts';
import { resolveStart } from '../journal/start.ts';
import type { StateFile } from '../state/state-file.ts';
import { emptySender, type StoredReader } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';
import type { ReaderStats } from '../telemetry/metrics-stats.ts';
import { Feed } from './feed.ts';
import { GapRecord } from './gap-record.ts';
import type { Rules } from './rules.ts';
import { nowhere, senderOptions, Station } from './station.ts';

export interface ReaderOptions {
  readonly name: string;
  readonly config: ReaderConfig;
  readonly rules: Rules;
  readonly capabilities: Capabilities;
  readonly isolationTimeoutMs: number;
  /** Go on with new entries; otherwise end with what is there now. */
  readonly follow: boolean;
  readonly state: StateFile;
  readonly log: Log;
}

/** A selection of the journal with its deliveries: those with the same checkpoint share a feed. */
export class Reader {
  readonly name: string;
  readonly stations: readonly Station[];
  private readonly options: ReaderOptions;
  private readonly stored: StoredReader;
  private feeds: Feed[] = [];
  private openFeeds = 0;
  private failure: JournalError | undefined;
  private finish: () => void = () => undefined;
  private drained: () => void = () => undefined;
  private readonly before: { lines: number; bytes: number };
  private restarts = 0;
  private readonly gaps: GapRecord;
  private readonly complaints: Record<string, number> = {};
  /** Without `follow`: resolves when all feeds have come to the end. */
  readonly ended = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(options: ReaderOptions) {
    this.name = options.name;
    this.options = options;
    this.stored = options.state.reader(options.name);
    this.gaps = this.makeGapRecord();
    this.before = { lines: this.stored.total_lines, bytes: this.stored.total_bytes };
    const senders = Object.entries(options.config.senders).filter(([, { enabled }]) => enabled);
    this.stations = senders.map(([name, config]) => this.makeStation(name, config));
    if (senders.length === 0 && options.rules.hasSearches) this.stations = [this.makeIdleStation()];
  }

  /** Why the journal could not be read to its end, if it could not. */
  get error(): JournalError | undefined {
    return this.failure;
  }

  /** The feed that is furthest: what it has counted, the reader has read. */
  get lead(): Feed | undefined {
    return this.feeds.reduce<Feed | undefined>(
      (lead, feed) => (feed.lastUs > (lead?.lastUs ?? -1) ? feed : lead),
      undefined,
    );
  }

  /** Entries read since the start. */
  get readEntries(): number {
    return Math.max(0, ...this.feeds.map(({ counts }) => counts.entries));
  }

  async start(): Promise<void> {
    const fallback = await this.initialStart();
    const places = new Map<string, { start: Start; stations: Station[] }>();
    for (const station of this.stations) {
      const start = this.startOf(station, fallback);
      const place = places.get(JSON.stringify(start)) ?? { start, stations: [] };
      place.stations.push(station);
      places.set(JSON.stringify(start), place);
    }
    // Before the first entry leaves: what could not be saved after it would be sent again and again.
    await this.options.state.save();
    for (const { delivery } of this.stations) delivery.start();
    this.feeds = [...places.values()].map(({ start, stations }) => this.makeFeed(start, stations, fallback));
    this.openFeeds = this.feeds.length;
    for (const feed of this.feeds) feed.run();
    if (this.feeds.length === 0) this.finish();
  }

  /** Reads no more. */
  async stopReading(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.stop()));
  }

  /** Resolves when all that was read is settled, or the signal aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    for (const { delivery } of this.stations) delivery.drain();
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (signal.aborted || this.stations.every(({ delivery }) => delivery.isIdle)) resolve();
      };
      this.drained = look;
      signal.addEventListener('abort', look, { once: true });
      look();
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.stations.map(({ delivery }) => delivery.stop()), this.gaps.settled()]);
  }

  reopen(): void {
    for (const { delivery } of this.stations) delivery.reopen();
  }

  /** Brings the figures in the state file up to date. */
  describe(): void {
    const { lead, stored, before } = this;
    if (lead?.last !== undefined) stored.cursor = lead.last.cursor;
    stored.total_lines = before.lines + this.readEntries;
    stored.total_bytes = before.bytes + (lead?.counts.bytes ?? 0);
    this.options.rules.describe(stored);
    for (const station of this.stations) station.describe();
  }

  stats(): ReaderStats {
    const { lead, feeds } = this;
    const { rules } = this.options;
    const errors = feeds.map((feed) => feed.errors);
    return {
      ...rules.stats(),
      name: this.name,
      lastReadMs: lead?.counts.lastMs,
      readEntries: this.readEntries,
      readBytes: lead?.counts.bytes ?? 0,
      isBlocked: feeds.some((feed) => feed.isBlocked),
      tooLarge: lead?.tooLarge ?? 0,
      decodeErrors: {
        malformed: sum(errors.map(({ malformed }) => malformed)),
        truncated: sum(errors.map(({ truncated }) => truncated)),
        cut: sum(errors.map(({ cut }) => cut)),
      },
      restarts: this.restarts,
      complaints: this.complaints,
      gaps: this.gaps.count,
      senders: this.stations.filter(({ name }) => name !== '').map((station) => station.stats()),
    };
  }

  /** Seconds after the boot are computed only if some sender needs them: that asks journalctl. */
  private async initialStart(): Promise<Start> {
    const { config, capabilities } = this.options;
    const isNeeded =
      typeof config.initial_position === 'string' ||
      this.stations.some(({ stored }) => parseCursor(stored.sent.cursor ?? '') === undefined);
    return isNeeded ? resolveStart(config.initial_position, config, capabilities) : { kind: 'head' };
  }

  private startOf({ stored, name }: Station, fallback: Start): Start {
    const { cursor, start_realtime_us: since } = stored.sent;
    if (cursor !== null && parseCursor(cursor) !== undefined) return { kind: 'cursor', cursor };
    if (cursor !== null) {
      this.options.log.error(
        `the place of ${name} in the state file is no cursor; it begins at initial_position instead.`,
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
    const { rules, capabilities, follow, isolationTimeoutMs, log } = this.options;
    const feed: Feed = new Feed({
      selection: rules.selection,
      capabilities,
      start,
      fallbackStart,
      subscribers: stations,
      sieve: rules.sieve,
      follow,
      maxBlockedMs: isolationTimeoutMs,
      log,
      isLead: () => feed === this.lead,
      events: {
        displaced: (wanted, found) => {
          this.gaps.displaced(wanted, found);
        },
        skipped: (hole) => {
          this.gaps.skipped(hole);
        },
        ended: () => {
          this.feedEnded();
        },
        failed: (error) => {
          this.feedFailed(error);
        },
        restarted: () => this.restarts++,
        complained: (complaint) => {
          this.complaints[complaint] = (this.complaints[complaint] ?? 0) + 1;
        },
      },
    });
    return feed;
  }

  private makeGapRecord(): GapRecord {
    const { config: selection, capabilities, log, state } = this.options;
    const { stored } = this;
    return new GapRecord({
      selection,
      capabilities,
      log,
      stored,
      touch: () => {
        state.touch();
      },
    });
  }

  private makeStation(name: string, config: SenderConfig): Station {
    const { name: reader, config: readerConfig, rules, state } = this.options;
    const { create, stateType, ...options } = senderOptions(`${reader}.${name}`, config, readerConfig);
    const log = this.options.log.scoped(name);
    return new Station({
      ...options,
      name,
      encoding: rules.encodingOf(config),
      level: rules.levelOf(config),
      stored: state.sender(reader, name, stateType),
      log,
      createSender: () => create(log),
      moved: () => {
        state.touch();
      },
      drained: () => {
        this.hasDrained();
      },
    });
  }

  /** Takes the entries of a reader without senders; its checkpoint is the reader's own cursor. */
  private makeIdleStation(): Station {
    const { log, state, config } = this.options;
    const stored = emptySender('');
    stored.sent.cursor = this.stored.cursor;
    const maxBytes = config.msg_buffer_max_bytes;
    const maxEntries = config.msg_buffer_max_length;
    return new Station({
      name: '',
      limits: { maxEntries, maxBytes, batchMaxEntries: maxEntries, batchMaxBytes: maxBytes },
      maxBatchAgeMs: 0,
      encoding: { format: 'journalpump', extraFields: {}, maxEntryBytes: Infinity, fieldFilter: undefined },
      level: { key: 'none', passes: () => false },
      stored,
      log,
      createSender: () => Promise.resolve(nowhere),
      moved: () => {
        state.touch();
      },
      drained: () => {
        this.hasDrained();
      },
    });
  }

  private hasDrained(): void {
    for (const feed of this.feeds) feed.wake();
    this.drained();
  }

  private feedFailed(error: JournalError): void {
    this.failure = error;
    this.options.log.error(`${error.message}.`);
    this.feedEnded();
  }

  private feedEnded(): void {
    this.openFeeds--;
    if (this.openFeeds === 0) this.finish();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

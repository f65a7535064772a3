import type { ReaderConfig, SenderConfig } from '../config/schema.ts';
import type { JournalError } from '../errors.ts';
import type { Start } from '../journal/arguments.ts';
import { parseCursor } from '../journal/cursor.ts';
import type { Capabilities } from '../journal/probe.ts';
import { resolveStart } from '../journal/start.ts';
import type { StateFile } from '../state/state-file.ts';
import type { StoredReader } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';
import type { ReaderStats } from '../telemetry/metrics-stats.ts';
import type { DeadLetterPlace } from './dead-letters.ts';
import { Feeds, type FeedsOptions } from './feeds.ts';
import { hasGone, troubleMs } from './health.ts';
import { Hosting } from './hosting.ts';
import { Pulse } from './pulse.ts';
import { makeIdleStation, makeStation, type StationsOptions } from './reader-stations.ts';
import { Reading } from './reading.ts';
import type { Rules } from './rules.ts';
import type { Progress } from './standing.ts';
import type { Station } from './station.ts';

export interface ReaderOptions {
  readonly name: string;
  readonly config: ReaderConfig;
  readonly rules: Rules;
  readonly capabilities: Capabilities;
  readonly isolationTimeoutMs: number;
  readonly stallCheckMs: number;
  /** Go on with new entries; otherwise end with what is there now. */
  readonly follow: boolean;
  readonly state: StateFile;
  readonly deadLetters: DeadLetterPlace;
  readonly log: Log;
}

/** A selection of the journal with its deliveries: those with the same checkpoint share a feed. */
export class Reader {
  readonly name: string;
  /** Those of the config; the others come and go. */
  private readonly own: readonly Station[];
  private readonly hostings: readonly Hosting[];
  private readonly options: ReaderOptions;
  private readonly stored: StoredReader;
  readonly feeds: Feeds;
  private failure: JournalError | undefined;
  private hasEnded = false;
  private finish: () => void = () => undefined;
  private drained: () => void = () => undefined;
  private readonly before: { lines: number; bytes: number };
  private readonly reading: Reading;
  private readonly pulse: Pulse;
  /** Without `follow`: resolves when all feeds have come to the end. */
  readonly ended = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(options: ReaderOptions) {
    const touch = (): void => {
      options.state.touch();
    };
    this.name = options.name;
    this.options = options;
    this.stored = options.state.reader(options.name);
    this.reading = new Reading({ ...options, selection: options.config, stored: this.stored, touch });
    this.feeds = this.makeFeeds();
    this.before = { lines: this.stored.total_lines, bytes: this.stored.total_bytes };
    const senders = Object.entries(options.config.senders).filter(([, { enabled }]) => enabled);
    this.own = senders
      .filter(([, { isHost }]) => !isHost)
      .map(([name, config]) => makeStation(name, config, this.stationsOptions()));
    this.hostings = senders.filter(([, { isHost }]) => isHost).map(([name, config]) => this.makeHosting(name, config));
    if (senders.length === 0 && options.rules.hasSearches) {
      this.own = [makeIdleStation(this.stored.cursor, this.stationsOptions())];
    }
    this.pulse = new Pulse(() => this.stations, touch);
  }

  get stations(): Station[] {
    return [...this.own, ...this.hostings.flatMap(({ stations }) => stations)];
  }

  /** Why the journal could not be read to its end, if it could not. */
  get error(): JournalError | undefined {
    return this.failure;
  }

  /** Without `follow`: all that was there is read and settled. */
  get isDone(): boolean {
    return this.hasEnded && this.stations.every(({ delivery }) => delivery.isIdle);
  }

  /** What has got stuck in a way that only a new process can end; undefined: nothing. */
  wedge(): string | undefined {
    if (this.feeds.isWedged) return `${this.name}: it reads nothing, and starting journalctl again does not help`;
    const stuck = this.stations.find((station) => station.isWedged);
    return stuck && `${this.name}.${stuck.name}: sending has got stuck without success or error`;
  }

  /** The senders that have been in trouble for so long, or for good, if nothing but them is to be waited for. */
  stuckFor(ms: number): readonly Station[] {
    const busy = this.stations.filter(({ delivery }) => !delivery.isIdle);
    // The others first go on without it: it holds them up for a while.
    const goneMs = busy.length === this.stations.length ? 0 : 2 * this.options.isolationTimeoutMs + 1000;
    const isHopeless = ({ delivery: { health } }: Station): boolean =>
      troubleMs(health) >= (hasGone(health) ? Math.min(ms, goneMs) : ms);
    return this.feeds.isWaiting && busy.every(isHopeless) ? busy : [];
  }

  async start(): Promise<void> {
    const fallback = await this.initialStart();
    for (const station of this.own) station.startFrom(fallback);
    for (const hosting of this.hostings) await hosting.resume();
    // Before the first entry leaves: what could not be saved after it would be sent again and again.
    await this.options.state.establish();
    for (const { delivery } of this.own) delivery.start();
    this.pulse.start();
    void this.reading.gaps.watch();
    this.feeds.start(this.own, fallback);
    for (const hosting of this.hostings) hosting.start();
  }

  /** Reads no more. */
  async stopReading(): Promise<void> {
    await Promise.all([this.feeds.stop(), ...this.hostings.map((hosting) => hosting.stopReading())]);
  }

  /** Resolves when all that was read is settled, but for what nobody will ever take, or the signal aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    for (const { delivery } of this.stations) delivery.drain();
    await new Promise<void>((resolve) => {
      const look = (): void => {
        const isOver = ({ delivery }: Station): boolean => delivery.isIdle || hasGone(delivery.health);
        if (signal.aborted || this.stations.every(isOver)) resolve();
      };
      this.drained = look;
      signal.addEventListener('abort', look, { once: true });
      look();
    });
  }

  async stop(): Promise<void> {
    this.pulse.stop();
    await Promise.all([...this.own.map(({ delivery }) => delivery.stop()), this.reading.gaps.settled()]);
    await Promise.all(this.hostings.map((hosting) => hosting.stop()));
  }

  reopen(): void {
    for (const { delivery } of this.own) delivery.reopen();
  }

  /** Brings the figures in the state file up to date. */
  describe(): void {
    const { stored, before } = this;
    const { lead, counts } = this.feeds;
    if (lead?.last !== undefined) stored.cursor = lead.last.cursor;
    stored.total_lines = before.lines + counts.entries;
    stored.total_bytes = before.bytes + counts.bytes;
    this.options.rules.describe(stored);
    for (const part of [...this.stations, ...this.hostings]) part.describe();
  }

  /** What `describe` was called for is on the disk. */
  saved(): void {
    for (const station of this.stations) station.saved();
  }

  /** Resolves when what senders do in the background is done. */
  async finishSenders(signal: AbortSignal): Promise<void> {
    await Promise.all(this.stations.map(async ({ delivery }) => delivery.sender?.finish?.(signal)));
  }

  stats(): ReaderStats {
    const { feeds } = this;
    return {
      ...this.options.rules.stats(),
      name: this.name,
      lastReadMs: feeds.counts.lastMs,
      readEntries: feeds.counts.entries,
      readBytes: feeds.counts.bytes,
      isBlocked: feeds.isBlocked,
      feeds: feeds.count,
      splits: feeds.splits,
      merges: feeds.merges,
      tooLarge: feeds.counts.tooLarge,
      decodeErrors: feeds.errors,
      ...this.reading.stats(),
      senders: this.stations.filter(({ name }) => name !== '').map((station) => station.stats(feeds.lagOf(station))),
    };
  }

  /** Seconds after the boot are computed only if some sender needs them: that asks journalctl. */
  private async initialStart(): Promise<Start> {
    const { config, capabilities } = this.options;
    const isNeeded =
      typeof config.initial_position === 'string' ||
      this.own.some(({ stored }) => parseCursor(stored.sent.cursor ?? '') === undefined);
    return isNeeded ? resolveStart(config.initial_position, config, capabilities) : { kind: 'head' };
  }

  private makeFeeds(different: Partial<FeedsOptions> = {}, events: Partial<FeedsOptions['events']> = {}): Feeds {
    const { rules, capabilities, follow, isolationTimeoutMs, stallCheckMs, log } = this.options;
    return new Feeds({
      selection: rules.selection,
      capabilities,
      sieve: rules.sieve,
      follow,
      isolationTimeoutMs,
      stallCheckMs,
      log,
      ...different,
      events: {
        ...this.reading.events,
        ended: () => {
          void Promise.all(this.hostings.map((hosting) => hosting.ended())).then(() => {
            this.hasEnded = true;
            this.finish();
          });
        },
        failed: (error) => {
          this.failure = error;
          log.error(`${error.message}.`);
        },
        ...events,
      },
    });
  }

  private stationsOptions(): StationsOptions {
    return {
      ...this.options,
      progressOf: (name) => this.progressOf(name),
      drained: () => {
        this.hasDrained();
      },
    };
  }

  private makeHosting(name: string, config: SenderConfig): Hosting {
    const { name: reader, config: readerConfig, ...common } = this.options;
    return new Hosting({
      ...common,
      name,
      reader,
      config,
      readerConfig,
      feeds: this.feeds,
      openFeeds: (selection, follow, { ended, failed }) =>
        this.makeFeeds(
          { selection, follow, isAside: true },
          {
            ended,
            failed: (error) => {
              common.log.error(`${error.message}.`);
              failed(error);
            },
          },
        ),
      drained: () => {
        this.hasDrained();
      },
    });
  }

  private progressOf(name: string): Progress {
    const station = this.own.find((one) => one.name === name);
    const { feeds } = this;
    return {
      behindEntries: station && feeds.lagOf(station),
      lastReadMs: feeds.counts.lastMs,
      isBlocked: station !== undefined && feeds.isHeldUp(station),
      isReadOut: station !== undefined && feeds.hasReadOut(station),
    };
  }

  private hasDrained(): void {
    this.feeds.wake();
    this.drained();
  }
}

import type { Block } from '../journal/block.ts';
import type { Start } from '../journal/arguments.ts';
import type { JournalSelection } from '../journal/selection.ts';
import type { Capabilities } from '../journal/probe.ts';
import type { SourceOptions } from '../journal/source-options.ts';
import type { Log } from '../telemetry/log.ts';
import { Feed } from './feed.ts';
import type { FeedEvents, JournalSource, ReadCounts, Seam } from './feed-options.ts';
import { isAbleToJoin, meetingIn, standingWith } from './meeting.ts';
import { mostOf, NOTHING_READ, sumOf } from './read-counts.ts';
import type { Sieve } from './sieve.ts';
import type { Station } from './station.ts';

export interface FeedsOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  readonly sieve: Sieve;
  /** Go on with new entries; otherwise end with what is there now. */
  readonly follow: boolean;
  readonly isolationTimeoutMs: number;
  readonly stallCheckMs: number;
  readonly log: Log;
  /** What it reads was read, or will be, by the reader's other feeds, and is not counted a second time. */
  readonly isAside?: boolean;
  readonly events: FeedsEvents;
  readonly openSource?: (options: SourceOptions) => JournalSource;
}

/** What a feed tells, less what the feeds settle among themselves; `ended`: every one has come to the end, none is to come. */
export type FeedsEvents = Omit<FeedEvents<Station>, 'meets' | 'stuck'>;

/**
 * The feeds of a reader. Deliveries that stand at the same place share one. One that holds up the others is set apart;
 * when it has settled what it had in flight it reads on by a feed of its own, from its checkpoint, and when that feed
 * meets another one they become one again. So there are at most as many journalctls as deliveries, and mostly one.
 */
export class Feeds {
  /** Times that a delivery was set apart, and that a feed met another one. */
  splits = 0;
  merges = 0;
  private readonly options: FeedsOptions;
  private readonly startedUs = Number(process.hrtime.bigint() / 1000n);
  private feeds: Feed<Station>[] = [];
  /** Those that read no more: failed, or all that there was is read. */
  private readonly ended = new Set<Feed<Station>>();
  private readonly readOut = new Set<Feed<Station>>();
  /** Deliveries that have left their feed and not settled yet what they had in flight. */
  private readonly apart = new Set<Station>();
  private readonly errorsBefore = { malformed: 0, truncated: 0, cut: 0 };
  private fallbackStart: Start = { kind: 'head' };
  /** Feeds that were left and whose journalctl has not ended yet. */
  private isStopping = false;
  private readonly closing = new Set<Promise<void>>();

  constructor(options: FeedsOptions) {
    this.options = options;
  }

  /** The feed that is furthest. */
  get lead(): Feed<Station> | undefined {
    return this.feeds.reduce<Feed<Station> | undefined>(
      (lead, feed) => (lead === undefined || feed.lastUs > lead.lastUs ? feed : lead),
      undefined,
    );
  }

  /** How many there are now. */
  get count(): number {
    return this.feeds.length;
  }

  /** What was read since the start; what several feeds read counts once. */
  get counts(): ReadCounts {
    return this.feeds.map(({ counts }) => counts).reduce(mostOf, NOTHING_READ);
  }

  get isBlocked(): boolean {
    return this.feeds.some((feed) => feed.isBlocked);
  }

  get isWedged(): boolean {
    return !this.isStopping && this.feeds.some((feed) => !this.ended.has(feed) && feed.isWedged);
  }

  /** Nothing more comes until a destination has taken something: all was read, or full queues hold it up. */
  get isWaiting(): boolean {
    return this.feeds.every((feed) => this.ended.has(feed) || feed.isBlocked);
  }

  /** What could not be decoded. */
  get errors(): { malformed: number; truncated: number; cut: number } {
    return this.feeds.map(({ errors }) => errors).reduce(sumOf, this.errorsBefore);
  }

  /** Begins to read for these; `fallbackStart` is for those without a checkpoint. */
  start(stations: readonly Station[], fallbackStart: Start): void {
    this.fallbackStart = fallbackStart;
    const places = new Map<string, { start: Start; stations: Station[] }>();
    for (const station of stations) {
      const start = station.startFrom(fallbackStart);
      const place = places.get(JSON.stringify(start)) ?? { start, stations: [] };
      place.stations.push(station);
      places.set(JSON.stringify(start), place);
    }
    for (const place of places.values()) this.open(place.start, place.stations, NaN);
    if (this.lead !== undefined) this.lead.index = 0;
    this.endIfDone();
  }

  /** Reads for one more, from its own place on. */
  add(station: Station): void {
    if (!this.isStopping) this.rejoin(station);
  }

  /** Reads no more for this one; what is in its queue it may still send. */
  remove(station: Station): void {
    this.apart.delete(station);
    const feed = this.feedOf(station);
    if (feed === undefined) return;
    if (feed.subscribers.length === 1) this.close(feed);
    else feed.leave([station]);
  }

  /** Reads no more. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all([...this.feeds.map((feed) => feed.stop()), ...this.closing]);
  }

  /** A delivery has settled a batch. */
  wake(): void {
    if (this.isStopping) return;
    for (const feed of this.feeds) feed.wake();
    for (const station of this.apart) if (station.delivery.isIdle) this.rejoin(station);
    if (this.feeds.length > 1) this.mergeEqual();
  }

  /** How many entries this delivery has still to settle of those that any feed has read; undefined when nobody knows. */
  lagOf(station: Station): number | undefined {
    const { lead } = this;
    const feed = this.feedOf(station);
    if (feed !== undefined && (feed === lead || feed.isAtEnd || this.readOut.has(feed))) return station.queue.pending;
    const lag = (lead?.index ?? NaN) - this.settledIndex(station);
    return Number.isNaN(lag) ? undefined : Math.max(0, lag);
  }

  /** Whether all that this delivery was to read has been read. */
  hasReadOut(station: Station): boolean {
    const feed = this.feedOf(station);
    return feed !== undefined && this.readOut.has(feed);
  }

  /** Whether full queues hold up the feed that this delivery is at. */
  isHeldUp(station: Station): boolean {
    return this.feedOf(station)?.isBlocked ?? false;
  }

  private settledIndex(station: Station): number {
    return (this.feedOf(station)?.index ?? station.leftAtIndex) - station.queue.pending;
  }

  private feedOf(station: Station): Feed<Station> | undefined {
    return this.feeds.find(({ subscribers }) => subscribers.includes(station));
  }

  private open(start: Start, stations: readonly Station[], index: number): void {
    const { selection, capabilities, sieve, follow, isolationTimeoutMs, stallCheckMs, log, openSource, events } =
      this.options;
    const feed: Feed<Station> = new Feed<Station>(
      {
        selection,
        capabilities,
        start,
        fallbackStart: this.fallbackStart,
        subscribers: stations,
        sieve,
        isLead: () => feed === this.lead && this.options.isAside !== true,
        follow,
        startedUs: this.startedUs,
        isolationTimeoutMs,
        stallCheckMs,
        log,
        ...(openSource && { openSource }),
        events: {
          ...events,
          meets: (block) => this.findSeam(feed, block),
          stuck: (stuck) => {
            this.setApart(feed, stuck);
          },
          ended: () => {
            this.readOut.add(feed);
            this.hasEnded(feed);
          },
          failed: (error) => {
            events.failed(error);
            this.hasEnded(feed);
          },
        },
      },
      index,
    );
    this.feeds.push(feed);
    feed.run();
  }

  /** They go on with what is in flight; what is behind it they will read again from the journal. */
  private setApart(feed: Feed<Station>, full: readonly Station[]): void {
    const stuck = this.withTheNext(feed, full);
    for (const station of stuck) {
      station.leaveAt(feed.index);
      this.apart.add(station);
      this.splits++;
      this.options.log.warn(
        `${station.name} is set apart: it has held up the others for ${this.options.isolationTimeoutMs / 1000} s. ` +
          'It goes on from its own place in the journal when it takes entries again.',
        `apart ${station.name}`,
      );
    }
    feed.leave(stuck);
    this.wake();
  }

  /** Together with those that will be full next: or several dead destinations would hold up the others one after the other. */
  private withTheNext({ subscribers }: Feed<Station>, full: readonly Station[]): readonly Station[] {
    const { isolationTimeoutMs } = this.options;
    const isStuck = (station: Station): boolean =>
      full.includes(station) || (!station.queue.isHalfEmpty && station.delivery.inFlightMs >= isolationTimeoutMs);
    const stuck = subscribers.filter(isStuck);
    return stuck.length < subscribers.length ? stuck : full;
  }

  private rejoin(station: Station): void {
    this.apart.delete(station);
    const start = station.startFrom(this.fallbackStart);
    const other = this.feeds.find((feed) => feed.standsAt(start) && this.isJoinable(feed));
    if (other !== undefined) other.join([station]);
    else this.open(start, [station], station.leftAtIndex);
  }

  private isJoinable(feed: Feed<Station>): boolean {
    return !this.ended.has(feed) && !feed.isBlocked;
  }

  private joinableBy(feed: Feed<Station>): Feed<Station>[] {
    if (!isAbleToJoin(feed)) return []; // asked first: of each Block, and cheap
    return this.feeds.filter((other) => other !== feed && this.isJoinable(other));
  }

  private findSeam(feed: Feed<Station>, block: Block): Seam | undefined {
    if (this.feeds.length === 1) return undefined;
    const meeting = meetingIn(block, this.joinableBy(feed));
    if (meeting === undefined) return undefined;
    const { end, other } = meeting;
    return {
      end,
      join: () => {
        this.merge(feed, other);
      },
    };
  }

  /** Feeds that met when the queues of both were too full: on a quiet journal no Block would come to show it again. */
  private mergeEqual(): void {
    for (const feed of this.feeds) {
      const other = standingWith(feed, this.joinableBy(feed));
      if (other === undefined) continue;
      this.merge(feed, other);
      return;
    }
  }

  private merge(feed: Feed<Station>, other: Feed<Station>): void {
    this.merges++;
    if (Number.isNaN(other.index)) other.index = feed.index;
    other.counts = mostOf(other.counts, feed.counts);
    this.close(feed);
    other.join(feed.subscribers);
    const names = other.subscribers.map(({ name }) => name).sort();
    const sentence = `${names.join(', ')} read together again.`;
    // Those that only began at places of their own, after a start, were never told to be apart.
    if (this.splits > 0) this.options.log.info(sentence, 'together');
    else this.options.log.debug(sentence);
  }

  private close(feed: Feed<Station>): void {
    this.feeds = this.feeds.filter((each) => each !== feed);
    Object.assign(this.errorsBefore, sumOf(this.errorsBefore, feed.errors));
    const closing = feed.stop().finally(() => this.closing.delete(closing));
    this.closing.add(closing);
  }

  private hasEnded(feed: Feed<Station>): void {
    this.ended.add(feed);
    this.endIfDone();
  }

  private endIfDone(): void {
    if (this.apart.size === 0 && this.feeds.every((feed) => this.ended.has(feed))) this.options.events.ended();
  }
}

import { messageOf } from '../errors.ts';
import type { DeliveryPlan, DeliveryStanding, HostedDelivery } from '../senders/host.ts';
import type { JournalSelection } from '../journal/selection.ts';
import type { StoredSender } from '../state/stored.ts';
import { lastTrouble } from './health.ts';
import type { Feeds } from './feeds.ts';
import type { Station } from './station.ts';
import { narrowed } from './narrowing.ts';

export interface HostedOptions {
  readonly plan: DeliveryPlan;
  /** What is selected for it, less its own narrowing. */
  readonly selection: JournalSelection;
  /** Where it reads while it follows; undefined: it does not. */
  readonly live: Feeds | undefined;
  /** Opens feeds of its own that end with what is there now. */
  readonly openFeeds: (selection: JournalSelection, events: BoundedEvents) => Feeds;
  /** It is gone. */
  removed(): void;
}

/** What feeds tell that do not follow. */
export interface BoundedEvents {
  readonly ended: () => void;
  readonly failed: (error: Error) => void;
}

/** An entry of the last moment may reach the journal a little later than its time says. */
const LATE_MS = 2000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A delivery of a host: reads with the others while it follows, and by itself the rest of what has an end. */
export class Hosted implements HostedDelivery {
  readonly station: Station;
  private readonly options: HostedOptions;
  private readonly end = Promise.withResolvers<string | undefined>();
  private feeds: Feeds | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isGone = false;
  private looks = new Set<() => void>();

  constructor(options: HostedOptions, makeStation: (hosted: Hosted) => Station) {
    this.options = options;
    this.station = makeStation(this);
  }

  get ended(): Promise<string | undefined> {
    return this.end.promise;
  }

  /** The feeds that it reads by now, if it reads. */
  get source(): Feeds | undefined {
    return this.feeds;
  }

  begin(): void {
    const { live, plan } = this.options;
    const { untilUs } = plan.narrowing;
    this.station.delivery.start();
    if (live === undefined || (untilUs !== undefined && untilUs / 1000 + LATE_MS <= Date.now())) {
      this.readRest();
      return;
    }
    this.feeds = live;
    live.add(this.station);
    if (untilUs !== undefined) this.waitUntil(untilUs / 1000 + LATE_MS);
  }

  /** Its queue has room again, or nothing is left in it. */
  drained(): void {
    this.feeds?.wake();
    this.lookAgain();
  }

  standing(): DeliveryStanding {
    const { stored, delivery } = this.station;
    const { seconds, entries } = this.station.lag();
    return {
      ...pastStanding(stored),
      lagSeconds: seconds,
      lagEntries: entries,
      lastError: lastTrouble(delivery.health)?.message,
      trouble: delivery.health.trouble?.message,
    };
  }

  async flush(signal: AbortSignal): Promise<void> {
    this.stopReading();
    await this.idle(signal);
  }

  async remove(): Promise<void> {
    if (this.isGone) return;
    this.isGone = true;
    this.stopReading();
    this.lookAgain();
    await this.station.delivery.stop();
    this.station.describe();
    this.options.removed();
  }

  /** Reads no more. */
  stopReading(): void {
    clearTimeout(this.timer);
    const { feeds } = this;
    this.feeds = undefined;
    if (feeds === undefined) return;
    feeds.remove(this.station);
    if (feeds !== this.options.live) void feeds.stop();
  }

  private waitUntil(ms: number): void {
    const left = ms - Date.now();
    this.timer = setTimeout(
      () => {
        if (left > MAX_TIMER_MS) this.waitUntil(ms);
        else void this.leaveTheOthers();
      },
      Math.min(left, MAX_TIMER_MS),
    );
    this.timer.unref();
  }

  /** The end has come: what is left up to there it reads by itself, so that it is known when there is no more. */
  private async leaveTheOthers(): Promise<void> {
    this.stopReading();
    await this.idle(new AbortController().signal);
    if (!this.isGone) this.readRest();
  }

  private readRest(): void {
    const { selection, plan, openFeeds } = this.options;
    let failure: string | undefined;
    const feeds = openFeeds(narrowed(selection, plan.narrowing), {
      ended: () => {
        void this.idle(new AbortController().signal).then(() => {
          if (!this.isGone) this.end.resolve(failure);
        });
      },
      failed: (error) => (failure = messageOf(error)),
    });
    this.feeds = feeds;
    feeds.start([this.station], { kind: 'since', realtimeUs: plan.startUs });
  }

  private lookAgain(): void {
    for (const look of this.looks) look();
  }

  /** Resolves when all that was read is settled, it is gone, or the signal aborts. */
  private idle(signal: AbortSignal): Promise<void> {
    const { delivery } = this.station;
    delivery.drain();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!signal.aborted && !this.isGone && !delivery.isIdle) return;
        this.looks.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.looks.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }
}

/** What the state tells of a delivery that is not there any more. */
export function pastStanding({ sent, dead_letters, health }: StoredSender): DeliveryStanding {
  return {
    sent: sent.count,
    sentBytes: sent.bytes,
    deadLetters: dead_letters.count,
    time: sent.time,
    lagSeconds: null,
    lagEntries: null,
    lastError: health.last_errors?.at(-1)?.message,
    trouble: undefined,
  };
}

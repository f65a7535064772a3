import type { ReaderConfig, SenderConfig } from '../config/schema.ts';
import type { JournalSelection } from '../journal/selection.ts';
import { bootIdAt } from '../journal/boots.ts';
import type { Capabilities } from '../journal/probe.ts';
import { resolveStart } from '../journal/start.ts';
import type { DeliveryPlan, Host, HostContext, HostedDelivery } from '../senders/host.ts';
import { senderDefinition } from '../senders/registry.ts';
import type { StateFile } from '../state/state-file.ts';
import { emptySender, type StoredSender } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';
import { openLetterBox, type DeadLetterPlace } from './dead-letters.ts';
import type { Feeds } from './feeds.ts';
import { describeHost } from './host-health.ts';
import { Hosted, pastStanding, type BoundedEvents } from './hosted.ts';
import { createNarrowing } from './narrowing.ts';
import type { Rules } from './rules.ts';
import { senderOptions } from './sender-options.ts';
import { Station } from './station.ts';

export interface HostingOptions {
  /** The sender's name in the config, and its reader's. */
  readonly name: string;
  readonly reader: string;
  readonly config: SenderConfig;
  readonly readerConfig: ReaderConfig;
  readonly rules: Rules;
  readonly capabilities: Capabilities;
  readonly follow: boolean;
  readonly state: StateFile;
  readonly deadLetters: DeadLetterPlace;
  readonly log: Log;
  /** The reader's own feeds. */
  readonly feeds: Feeds;
  /** Opens other ones, aside from these. */
  readonly openFeeds: (selection: JournalSelection, follow: boolean, events: BoundedEvents) => Feeds;
  /** A delivery has settled all that it had, or has gone. */
  drained(): void;
}

/** A sender that hosts deliveries: makes them, gives them their places in the state, and takes them down. */
export class Hosting {
  private readonly options: HostingOptions;
  private readonly stored: StoredSender;
  private readonly letters: ReturnType<typeof openLetterBox>;
  private readonly hosted = new Map<string, Hosted>();
  private host: Host | undefined;
  /** Feeds that read also what the reader does not select; those that ask for it share them. */
  private wide: Feeds | undefined;
  private isReading = false;
  private hasStopped = false;

  constructor(options: HostingOptions) {
    this.options = options;
    const { name, reader, config, state, deadLetters } = options;
    this.stored = state.sender(reader, name, senderDefinition(config.output_type)!.stateType);
    this.letters = openLetterBox(deadLetters, { reader, sender: name });
  }

  get stations(): Station[] {
    return [...this.hosted.values()].map(({ station }) => station);
  }

  /** Makes the host, with the deliveries that it had. */
  async resume(): Promise<void> {
    const { config } = this.options;
    this.host = await senderDefinition(config.output_type)!.host!(config.options, this.context());
    await this.host.resume();
  }

  /** The reader reads. */
  start(): void {
    this.isReading = true;
    for (const hosted of this.hosted.values()) hosted.begin();
    if (this.options.follow) this.host?.open();
  }

  /** Without `follow`: resolves when all have come to the end. */
  async ended(): Promise<void> {
    await Promise.all([...this.hosted.values()].map(({ ended }) => ended));
  }

  async stopReading(): Promise<void> {
    this.hasStopped = true;
    await this.host?.close();
    for (const hosted of this.hosted.values()) hosted.stopReading();
    await this.wide?.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.hosted.values()].map((hosted) => hosted.remove()));
    await this.host?.end();
  }

  /** Brings the figures in the state file up to date. */
  describe(): void {
    const rate = this.stations.reduce((sum, { stored: { rate = 0 } }) => sum + rate, 0);
    describeHost(this.stored, { trouble: this.host?.trouble, hasStopped: this.hasStopped, rate });
  }

  private context(): HostContext {
    const { name, reader, log, follow, readerConfig, capabilities, state, rules } = this.options;
    return {
      name: `${reader}.${name}`,
      log: log.scoped(name),
      follow,
      selection: { units: readerConfig.units_to_match, minPriority: readerConfig.min_priority },
      kept: this.stored.host,
      keep: (value) => {
        this.stored.host = value;
        return state.establish();
      },
      add: (plan) => this.add(plan),
      forget: (delivery) => {
        if (this.hosted.has(delivery)) return;
        delete this.stored.deliveries?.[delivery];
        state.touch();
      },
      pastOf: (delivery) => {
        const stored = this.stored.deliveries ?? {};
        return Object.hasOwn(stored, delivery) ? pastStanding(stored[delivery]!) : undefined;
      },
      describe: (delivery, about) => {
        const stored = this.stored.deliveries?.[delivery];
        if (stored !== undefined) stored.about = about;
      },
      startOf: async (position) => {
        const start = await resolveStart(position, rules.selection, capabilities);
        return start.kind === 'since' ? start.realtimeUs : 0;
      },
      bootId: (offset) => bootIdAt(offset, rules.selection, capabilities),
    };
  }

  private add(plan: DeliveryPlan): HostedDelivery {
    const { rules, follow, feeds, openFeeds } = this.options;
    const selection: JournalSelection = plan.isWide
      ? { ...rules.selection, units_to_match: [], min_priority: undefined }
      : rules.selection;
    const hosted = new Hosted(
      {
        plan,
        selection,
        live: !follow ? undefined : plan.isWide ? this.wideFeeds(selection) : feeds,
        openFeeds: (narrowed, events) => openFeeds(narrowed, false, events),
        removed: () => {
          if (this.hosted.get(plan.name) === hosted) this.hosted.delete(plan.name);
          this.options.drained();
        },
      },
      (it) => this.makeStation(plan, it),
    );
    this.hosted.set(plan.name, hosted);
    if (this.isReading && !this.hasStopped) hosted.begin();
    return hosted;
  }

  private wideFeeds(selection: JournalSelection): Feeds {
    if (this.wide === undefined) {
      this.wide = this.options.openFeeds(selection, true, { ended: () => undefined, failed: () => undefined });
      this.wide.start([], { kind: 'head' });
    }
    return this.wide;
  }

  private storedOf({ name, startUs }: DeliveryPlan): StoredSender {
    const all = (this.stored.deliveries ??= {});
    if (!Object.hasOwn(all, name)) all[name] = emptySender(this.stored.type);
    const { sent } = all[name]!;
    // In the state from the beginning, so that a restart before the first acknowledgement begins at the same place.
    if (sent.cursor === null) sent.start_realtime_us ??= startUs;
    return all[name]!;
  }

  private makeStation(plan: DeliveryPlan, hosted: Hosted): Station {
    const { name, reader, config, readerConfig, rules, state } = this.options;
    const log = this.options.log.scoped(name).scoped(plan.name);
    const { maxBatchAgeMs, attemptMs } = senderOptions(`${reader}.${name}`, config, readerConfig);
    const { limits, marks, narrowing } = plan;
    return new Station({
      name: `${name}.${plan.name}`,
      limits,
      maxBatchAgeMs,
      attemptMs,
      encoding: rules.encodingOf(config),
      level: createNarrowing(narrowing, rules.levelOf(config)),
      stored: this.storedOf(plan),
      log,
      deadLetters: this.letters({ reader, sender: name, head: config.head, marks }),
      createSender: (mark) => plan.create({ name: `${reader}.${name}`, log, mark }),
      progress: () => {
        const { source, station } = hosted;
        return {
          behindEntries: source?.lagOf(station) ?? (station.queue.pending > 0 ? station.queue.pending : undefined),
          lastReadMs: source?.counts.lastMs,
          isBlocked: source?.isHeldUp(station) ?? false,
          isReadOut: source?.hasReadOut(station) ?? false,
        };
      },
      moved: () => {
        state.touch();
      },
      drained: () => {
        hosted.drained();
        this.options.drained();
      },
    });
  }
}

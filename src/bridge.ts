import { compareReaders, enabledReaders, sharesFiles, type ReaderChanges } from './config/changes.ts';
import { refuseSpoiltFiles } from './config/named-files.ts';
import type { Config, ReaderConfig } from './config/schema.ts';
import { probeJournalctl, type Capabilities } from './journal/probe.ts';
import { deliverAll } from './pipeline/deliver-all.ts';
import type { Reader } from './pipeline/reader.ts';
import { prepareReader } from './prepare-reader.ts';
import { openState, type OpenState } from './state/open-state.ts';
import type { Heir, Succession } from './succession.ts';
import { Successions } from './successions.ts';
import type { Log } from './telemetry/log.ts';
import type { BridgeStats } from './telemetry/metrics-stats.ts';
import { Telemetry } from './telemetry/telemetry.ts';

export interface BridgeOptions {
  readonly config: Config;
  /** Go on with new entries; otherwise end with what is there now. */
  readonly follow: boolean;
  readonly log: Log;
  /** What the journalctl at hand can do. */
  readonly probing: Promise<Capabilities>;
}

/** All readers of a config, running: the daemon without its process. */
export class Bridge {
  /** Reloads of the config: taken over, or refused because of its faults. */
  readonly reloads = { applied: 0, refused: 0 };
  private config: Config;
  private capabilities: Capabilities;
  private readonly log: Log;
  private readonly follow: boolean;
  private readonly kept: OpenState;
  private readonly telemetry: Telemetry;
  private readonly successions: Successions;
  private isStopping = false;
  /** After a stop: something did not end in time, and an exit would wait for it. */
  hasHanging = false;

  private constructor({ config, log, follow }: BridgeOptions, kept: OpenState, capabilities: Capabilities) {
    this.config = config;
    this.log = log;
    this.follow = follow;
    this.kept = kept;
    this.capabilities = capabilities;
    this.successions = this.createSuccessions();
    this.telemetry = new Telemetry(config, log, () => this.stats());
    kept.state.beforeSave = () => {
      for (const reader of this.readers) reader.describe();
    };
    kept.state.afterSave = () => {
      for (const reader of this.readers) reader.saved();
    };
  }

  /**
   * Starts every reader. Throws StateError when the state file cannot be used, JournalError when there is no journalctl.
   */
  static async start(options: BridgeOptions): Promise<Bridge> {
    const { config, log } = options;
    const [kept, capabilities] = await bothOrNone(openState(config, log), options.probing);
    const bridge = new Bridge(options, kept, capabilities);
    bridge.introduce(capabilities);
    try {
      await bridge.startReaders();
    } catch (error) {
      await kept.release();
      throw error;
    }
    bridge.telemetry.start();
    return bridge;
  }

  get readers(): Reader[] {
    return this.successions.readers;
  }

  /**
   * Without `follow`: resolves when every reader has read what there is and every sender has taken it, or the signal has
   * aborted, or senders that get nowhere are all that is left. True: all is delivered.
   */
  async finished(stop: AbortSignal): Promise<boolean> {
    await deliverAll(this.readers, { stop, log: this.log });
    const isComplete = this.readers.every(({ isDone }) => isDone);
    await this.saveBeforeTheEnd();
    await Promise.all(this.readers.map((reader) => reader.finishSenders(stop)));
    return isComplete;
  }

  /**
   * Takes over another config: readers that do the same under both go on as they are, the others end and begin anew,
   * each for itself. Resolves when all that can has begun. When it throws (JournalError, or a sentence about a rule
   * that cannot be made), nothing has changed.
   */
  async reload(wanted: Config): Promise<ReaderChanges> {
    const config = this.keepState(wanted);
    await refuseSpoiltFiles(this.config, config);
    const changes = compareReaders(this.config, config);
    const capabilities = await this.probe(config);
    const coming = await Promise.all(
      [...changes.changed, ...changes.added].map(async (name) => {
        const reader = config.readers[name]!;
        return { name, reader, make: await this.prepare(name, reader, { config, capabilities }) };
      }),
    );
    if (this.isStopping) return changes;
    const heirs = new Map<string, Heir>();
    for (const { name, reader, make } of coming) {
      heirs.set(name, { make, after: this.writersOfTheSame(name, reader) });
    }
    this.takeOver(config, capabilities);
    await this.successions.replace(changes.removed, heirs, this.shutdownTimeoutMs);
    this.reloads.applied++;
    return changes;
  }

  /** Reads no more, gives the senders `shutdown_timeout` to send what was read, saves the state. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const hanging = await this.successions.stop(AbortSignal.timeout(this.shutdownTimeoutMs));
    this.hasHanging = hanging.length > 0;
    for (const name of hanging)
      this.log.scoped(name).warn('a sender hangs, at a disk that does not answer perhaps: it is not waited for.');
    await Promise.all([this.kept.state.close().finally(() => this.kept.release()), this.telemetry.close()]);
  }

  /** What has got stuck in a way that only a new process can end, in a few words; undefined: nothing. */
  wedge(): string | undefined {
    return this.readers.map((reader) => reader.wedge()).find((wedge) => wedge !== undefined);
  }

  get shutdownTimeoutMs(): number {
    return this.config.shutdown_timeout * 1000;
  }

  /** Lets every sender open its files anew. */
  reopen(): void {
    for (const reader of this.readers) reader.reopen();
  }

  /** Senders tidy up only what the state on the disk has no use for. Trouble is told by the last save. */
  private async saveBeforeTheEnd(): Promise<void> {
    await this.kept.state.save().catch(() => undefined);
  }

  /** All figures. */
  stats(): BridgeStats {
    return {
      readers: this.readers.map((reader) => reader.stats()),
      reloads: { ...this.reloads },
      stateSavesFailed: this.kept.state.failures,
    };
  }

  private async startReaders(): Promise<void> {
    const { config, capabilities } = this;
    const made: Reader[] = [];
    for (const [name, reader] of enabledReaders(config)) {
      const make = await this.prepare(name, reader, { config, capabilities });
      made.push(this.successions.begin(name, { make, after: [] }));
    }
    await Promise.all(made.map((reader) => reader.start()));
  }

  private prepare(
    name: string,
    reader: ReaderConfig,
    which: { config: Config; capabilities: Capabilities },
  ): Promise<() => Reader> {
    const { follow, log, kept } = this;
    return prepareReader(name, reader, {
      ...which,
      follow,
      log,
      state: kept.state,
      metrics: () => this.telemetry.metrics,
    });
  }

  private createSuccessions(): Successions {
    return new Successions({
      log: this.log,
      drained: () => this.saveBeforeTheEnd(),
      // While one reader makes way for the next a sender that is stuck holds up the others as it would at a feed.
      patienceMs: () => Math.min(this.config.shutdown_timeout, this.config.isolation_timeout) * 1000,
      ended: (name) => {
        this.telemetry.readerEnded(name);
        this.kept.state.touch();
      },
    });
  }

  /** Files may move from one reader to another: who writes one now has to let go first. */
  private writersOfTheSame(name: string, reader: ReaderConfig): Succession[] {
    const writers = enabledReaders(this.config).filter(
      ([other, theirs]) => other !== name && sharesFiles(theirs, reader),
    );
    return writers.map(([other]) => this.successions.of(other));
  }

  /** The config with the state file that is in use: its places, its lock and what lies beside it cannot move now. */
  private keepState(config: Config): Config {
    const { json_state_file_path: path } = this.config;
    if (config.json_state_file_path === path) return config;
    this.log.warn(
      `"json_state_file_path" takes effect with a restart only; until then the state is kept ${path === undefined ? 'nowhere' : `in ${path}`}.`,
    );
    return { ...config, json_state_file_path: path };
  }

  /** All of a config but its readers. */
  private takeOver(config: Config, capabilities: Capabilities): void {
    const { kept, log } = this;
    this.config = config;
    this.capabilities = capabilities;
    log.setLevel(config.log_level);
    kept.state.maxIntervalMs = config.state_save_interval * 1000;
    this.telemetry.switchTo(config);
  }

  private async probe({ journalctl_path: path }: Config): Promise<Capabilities> {
    if (path === this.config.journalctl_path) return this.capabilities;
    const capabilities = await probeJournalctl(path);
    this.introduce(capabilities);
    return capabilities;
  }

  private introduce({ path, version, canMergeFollow }: Capabilities): void {
    const merge = canMergeFollow ? '' : ', which cannot follow across boots: reading in two phases';
    this.log.debug(`${path} is of systemd ${version}${merge}.`);
  }
}

/** Both at the same time; without the other thing the state is let go of again. */
async function bothOrNone<T>(opening: Promise<OpenState>, other: Promise<T>): Promise<[OpenState, T]> {
  try {
    return await Promise.all([opening, other]);
  } catch (error) {
    await opening.then((kept) => kept.release()).catch(() => undefined);
    throw error;
  }
}

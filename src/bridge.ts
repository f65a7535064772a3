import type { Config, ReaderConfig } from './config/schema.ts';
import type { Capabilities } from './journal/probe.ts';
import { Reader } from './pipeline/reader.ts';
import { createRules } from './pipeline/rules.ts';
import { lockState, type StateLock } from './state/lock.ts';
import { StateFile } from './state/state-file.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { startReporter, type Reporter } from './telemetry/metrics-reporter.ts';
import type { BridgeStats } from './telemetry/metrics-stats.ts';

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
  readonly readers: Reader[] = [];
  private readonly options: BridgeOptions;
  private readonly state: StateFile;
  private readonly lock: StateLock | undefined;
  private readonly metrics: Metrics;
  private reporter: Reporter | undefined;

  private constructor(options: BridgeOptions, { state, lock }: Kept, metrics: Metrics) {
    this.options = options;
    this.state = state;
    this.lock = lock;
    this.metrics = metrics;
    state.beforeSave = () => {
      for (const reader of this.readers) reader.describe();
    };
    state.afterSave = () => {
      for (const reader of this.readers) reader.saved();
    };
  }

  /**
   * Starts every reader. Throws StateError when the state file cannot be used, JournalError when there is no journalctl.
   */
  static async start(options: BridgeOptions): Promise<Bridge> {
    const { config, log } = options;
    const [kept, capabilities] = await bothOrNone(openState(config, log), options.probing);
    const merge = capabilities.canMergeFollow ? '' : ', which cannot follow across boots: reading in two phases';
    log.debug(`${capabilities.path} is of systemd ${capabilities.version}${merge}.`);
    const bridge = new Bridge(options, kept, createMetrics(config, log));
    try {
      await bridge.startReaders(capabilities);
    } catch (error) {
      await kept.lock?.release();
      throw error;
    }
    bridge.reporter = startReporter({ metrics: bridge.metrics, stats: () => bridge.stats(), log });
    return bridge;
  }

  /** Without `follow`: resolves when every reader has read what there is, and every sender has taken it. */
  async finished(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    await Promise.race([aborted, Promise.all(this.readers.map(({ ended }) => ended))]);
    await Promise.all(this.readers.map((reader) => reader.drain(signal)));
    await this.saveBeforeTheEnd();
    await Promise.all(this.readers.map((reader) => reader.finishSenders(signal)));
  }

  /** Reads no more, gives the senders `shutdown_timeout` to send what was read, saves the state. */
  async stop(): Promise<void> {
    const deadline = AbortSignal.timeout(this.options.config.shutdown_timeout * 1000);
    await Promise.all(this.readers.map((reader) => reader.stopReading()));
    await Promise.all(this.readers.map((reader) => reader.drain(deadline)));
    await this.saveBeforeTheEnd();
    await Promise.race([Promise.all(this.readers.map((reader) => reader.stop())), pauseUntil(deadline)]);
    this.reporter?.stop();
    await Promise.all([this.state.close().finally(() => this.lock?.release()), this.metrics.close()]);
  }

  /** Lets every sender open its files anew. */
  reopen(): void {
    for (const reader of this.readers) reader.reopen();
  }

  /** Senders tidy up only what the state on the disk has no use for. Trouble is told by the last save. */
  private async saveBeforeTheEnd(): Promise<void> {
    await this.state.save().catch(() => undefined);
  }

  private stats(): BridgeStats {
    return {
      readers: this.readers.map((reader) => reader.stats()),
      reloads: { applied: 0, refused: 0 },
      stateSavesFailed: this.state.failures,
    };
  }

  private async startReaders(capabilities: Capabilities): Promise<void> {
    const enabled = Object.entries(this.options.config.readers).filter(([, { enabled }]) => enabled);
    for (const [name, config] of enabled) this.readers.push(await this.makeReader(name, config, capabilities));
    await Promise.all(this.readers.map((reader) => reader.start()));
  }

  private async makeReader(name: string, reader: ReaderConfig, capabilities: Capabilities): Promise<Reader> {
    const { config, follow } = this.options;
    const { metrics } = this;
    const log = this.options.log.scoped(name);
    const rules = await createRules({
      config,
      reader,
      bootId: capabilities.bootId,
      abandoned: () => {
        log.warn('a value took too long to redact; what was left of it was removed.', 'redaction-abandoned');
      },
      hit: (search, tags) => {
        metrics.hit(search, { ...tags, reader: name });
      },
      slow: ({ field, pattern: regex, seconds }) => {
        metrics.gauge('journal.perform_search_regex_duration', seconds, { regex, reader: name });
        log.info(`a search in ${field} took ${seconds.toFixed(1)} s for one entry.`);
      },
    });
    const isolationTimeoutMs = config.isolation_timeout * 1000;
    return new Reader({
      name,
      config: reader,
      rules,
      capabilities,
      isolationTimeoutMs,
      stallCheckMs: config.stall_check_interval * 1000,
      follow,
      state: this.state,
      deadLetters: { statePath: config.json_state_file_path, maxBytes: config.dead_letter_max_bytes },
      log,
    });
  }
}

/** The state file, and what keeps others away from it. */
interface Kept {
  readonly state: StateFile;
  readonly lock: StateLock | undefined;
}

/** Locked first: what is read from it then is up to date. */
async function openState(config: Config, log: Log): Promise<Kept> {
  const { json_state_file_path: path, state_save_interval: interval } = config;
  const lock = path === undefined ? undefined : await lockState(path, log);
  try {
    return { lock, state: await StateFile.load({ path, maxIntervalMs: interval * 1000, log }) };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/** Both at the same time; without the other thing the state is let go of again. */
async function bothOrNone<T>(opening: Promise<Kept>, other: Promise<T>): Promise<[Kept, T]> {
  try {
    return await Promise.all([opening, other]);
  } catch (error) {
    await opening.then(({ lock }) => lock?.release()).catch(() => undefined);
    throw error;
  }
}

/** Resolves once the deadline has passed, a short grace included: a sender that hangs must not hold up the exit. */
function pauseUntil(deadline: AbortSignal): Promise<void> {
  const graceMs = 500;
  return new Promise((resolve) => {
    const later = (): void => {
      setTimeout(resolve, graceMs).unref();
    };
    if (deadline.aborted) later();
    else deadline.addEventListener('abort', later, { once: true });
  });
}

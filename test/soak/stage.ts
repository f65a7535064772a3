import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stored } from '../../src/state/stored.ts';
import { peakBytes } from '../integration/processes.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { Load } from '../support/load.ts';
import { Tmpfs } from '../support/tmpfs.ts';
import { until } from '../support/until.ts';
import type { Destination } from './destination.ts';
import { entryOf, LANES, SECRET_FILTER } from './entries.ts';

/** The reader's name. */
export const READER = 'soak';
/** Seconds; short, so that faults of a few seconds have their consequences. */
const TIMES = { isolation_timeout: 2, stall_check_interval: 5 };
const PATIENCE_MS = 60_000;
/** An outage of a few seconds is to fill it. */
const QUEUE_ENTRIES = 5000;
const STATE_BYTES = 256 << 20;
const LETTER_BYTES = 128 << 20;
/** As a service manager does it. */
const RESTART_EVERY_MS = 1000;

/** The daemon under test with its journald, its state and its destinations; it can be killed and comes back. */
export class Stage implements AsyncDisposable {
  readonly journald: Journald;
  readonly destinations: readonly Destination[];
  readonly load: Load;
  /** What all daemons so far have said. */
  log = '';
  /** The most memory that any of them had resident. */
  peakBytes = 0;
  private readonly disk: Tmpfs;
  private running: Daemon | undefined;
  private generation = 0;
  private isStateFull = false;
  private fills = 0;

  private constructor(disk: Tmpfs, journald: Journald, load: Load, destinations: readonly Destination[]) {
    this.disk = disk;
    this.journald = journald;
    this.load = load;
    this.destinations = destinations;
  }

  /** Sets everything up; disks come first, as they must be there before the private journald's mounts. */
  static async open(destinations: readonly Destination[], perSecond: number): Promise<Stage> {
    const disk = await Tmpfs.mount(STATE_BYTES);
    const journald = await Journald.start({ conf: ['SystemMaxFileSize=64M'] });
    const load = new Load(journald, { perSecond, entryOf, round: LANES });
    const stage = new Stage(disk, journald, load, destinations);
    await stage.startDaemon();
    for (const destination of destinations) await destination.begin?.(stage.daemon);
    return stage;
  }

  get statePath(): string {
    return join(this.disk.path, 'state.json');
  }

  get daemon(): Daemon {
    if (this.running === undefined) throw new Error('there is no daemon now');
    return this.running;
  }

  /** Rejects if the daemon has ended and nobody has asked for that. */
  async check(): Promise<void> {
    const { daemon } = this;
    this.peakBytes = Math.max(this.peakBytes, await peakBytes(daemon.pid).catch(() => -1));
    const ended = await Promise.race([daemon.end, Promise.resolve(undefined)]);
    if (ended !== undefined)
      throw new Error(`the daemon ended (${ended.code ?? ended.signal ?? '?'}): ${ended.stderr}`);
  }

  /** kill -9, and a new one. */
  async crash(): Promise<void> {
    await this.check();
    await this.daemon.kill9();
    await this.forgetDaemon();
    await this.startDaemon();
  }

  /** SIGTERM, and a new one. */
  async restartDaemon(): Promise<void> {
    const { isStateFull, fills } = this;
    const code = await this.stopDaemon();
    if (code !== 0 && !isStateFull && this.fills === fills)
      throw new Error(`the daemon ended with ${code} after SIGTERM: ${this.log.slice(-5000)}`);
    await this.startDaemon();
  }

  /** Ends it in order; resolves with its exit code. */
  async stopDaemon(): Promise<number | null> {
    await this.check();
    const { code } = await this.daemon.stop();
    await this.forgetDaemon();
    return code;
  }

  /** SIGHUP with a config that is the same, another one, or none at all. */
  async reload(kind: 'same' | 'other' | 'broken'): Promise<void> {
    await this.check();
    if (kind === 'other') this.generation++;
    await this.daemon.reload(kind === 'broken' ? '{' : this.config(), PATIENCE_MS);
    await this.daemon.configure(this.config());
  }

  /** There is no room left beside the state. */
  async fillState(): Promise<void> {
    this.isStateFull = true;
    this.fills++;
    await this.disk.fill();
  }

  async freeState(): Promise<void> {
    await this.disk.free();
    this.isStateFull = false;
  }

  async state(): Promise<Stored> {
    return JSON.parse(await readFile(this.statePath, 'utf8')) as Stored;
  }

  /** Keeps the daemons' log for whoever has to find out what happened. */
  async keepLog(path: string): Promise<void> {
    await writeFile(path, this.log + (this.running?.stderr ?? ''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running?.kill9();
    await this.forgetDaemon();
    await this.journald.stop();
    for (const destination of this.destinations) await destination[Symbol.asyncDispose]();
    await this.disk[Symbol.asyncDispose]();
  }

  /** Tries again as long as the state directory is full: there is no start without a place for the state. */
  private async startDaemon(): Promise<void> {
    await until(() => this.hasStarted(), {
      what: () => `a daemon that starts; it said: ${this.log.slice(-5000)}`,
      deadlineMs: PATIENCE_MS,
      everyMs: RESTART_EVERY_MS,
    });
  }

  private async hasStarted(): Promise<boolean> {
    const wasFull = this.isStateFull;
    const inside = (...line: CommandLine) => this.journald.commandLine(...line);
    this.running = await Daemon.start(this.config(), { inside });
    try {
      await this.running.waitForLog(/started:/, PATIENCE_MS);
      return true;
    } catch (error) {
      if (!wasFull && !this.isStateFull) throw error;
      await this.forgetDaemon();
      return false;
    }
  }

  private config(): object {
    const senders = this.destinations.map(({ name, config }) => [name, config] as const);
    return {
      json_state_file_path: this.statePath,
      dead_letter_max_bytes: LETTER_BYTES,
      ...TIMES,
      readers: {
        [READER]: {
          searches: [{ name: 'numbered', fields: { SEQ: '.' } }],
          secret_filters: [SECRET_FILTER, { pattern: `generation-${this.generation}`, replacement: '' }],
          msg_buffer_max_length: QUEUE_ENTRIES,
          senders: Object.fromEntries(senders),
        },
      },
    };
  }

  private async forgetDaemon(): Promise<void> {
    if (this.running !== undefined) this.log += this.running.stderr;
    await this.running?.[Symbol.asyncDispose]();
    this.running = undefined;
  }
}

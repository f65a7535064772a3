import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stored } from '../../src/state/stored.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { Load } from '../support/load.ts';
import type { Destination } from './destination.ts';

/** Seconds; short, so that faults of a few seconds have their consequences. */
const TIMES = { isolation_timeout: 2, stall_check_interval: 5 };
const PATIENCE_MS = 60_000;
/** An outage of a few seconds is to fill it. */
const QUEUE_ENTRIES = 5000;

/** The daemon under test with its journald, its state and its destinations; it can be killed and comes back. */
export class Stage implements AsyncDisposable {
  readonly journald: Journald;
  readonly destinations: readonly Destination[];
  readonly load: Load;
  /** What all daemons so far have said. */
  log = '';
  private readonly folder: string;
  private running: Daemon | undefined;
  private generation = 0;

  private constructor(folder: string, journald: Journald, load: Load, destinations: readonly Destination[]) {
    this.folder = folder;
    this.journald = journald;
    this.load = load;
    this.destinations = destinations;
  }

  /** Sets everything up; the destinations come first, as their disks must be there before the private journald's mounts. */
  static async open(destinations: readonly Destination[], perSecond: number): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'soak-'));
    const journald = await Journald.start({ conf: ['SystemMaxFileSize=64M'] });
    const stage = new Stage(folder, journald, new Load(journald, perSecond), destinations);
    await stage.startDaemon();
    return stage;
  }

  get daemon(): Daemon {
    if (this.running === undefined) throw new Error('there is no daemon now');
    return this.running;
  }

  async startDaemon(): Promise<void> {
    const inside = (...line: CommandLine) => this.journald.commandLine(...line);
    this.running = await Daemon.start(this.config(), { inside });
    await this.running.waitForLog(/started:/, PATIENCE_MS);
  }

  /** kill -9, and a new one. */
  async crash(): Promise<void> {
    await this.daemon.kill9();
    await this.forgetDaemon();
    await this.startDaemon();
  }

  /** Ends it in order; resolves with its exit code. */
  async stopDaemon(): Promise<number | null> {
    const { code } = await this.daemon.stop();
    await this.forgetDaemon();
    return code;
  }

  /** SIGHUP with a config that is the same, another one, or none at all. */
  async reload(kind: 'same' | 'other' | 'broken'): Promise<void> {
    if (kind === 'other') this.generation++;
    await this.daemon.reload(kind === 'broken' ? '{' : this.config(), PATIENCE_MS);
    await this.daemon.configure(this.config());
  }

  async state(): Promise<Stored> {
    return JSON.parse(await readFile(this.statePath, 'utf8')) as Stored;
  }

  /** Keeps the daemons' log for whoever has to find out what happened. */
  async keepLog(path: string): Promise<void> {
    await writeFile(path, this.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running?.kill9();
    await this.forgetDaemon();
    await this.journald.stop();
    for (const destination of this.destinations) await destination[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get statePath(): string {
    return join(this.folder, 'state.json');
  }

  private config(): object {
    const senders = this.destinations.map(({ name, config }) => [name, config] as const);
    return {
      json_state_file_path: this.statePath,
      ...TIMES,
      readers: {
        soak: {
          searches: [{ name: 'numbered', fields: { SEQ: '.' } }],
          secret_filters: [{ pattern: `secret-${this.generation}`, replacement: '***' }],
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

import { spawn, type ChildProcess } from 'node:child_process';
import { open, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { endChild, exitOf, leashed, type CommandLine } from '../../test/support/child.ts';
import { until } from '../../test/support/until.ts';
import type { Output, Place, Preparation, Shipper } from './shipper.ts';

/** A shipper's companion that listens; nothing where it has none. Use it with `await using`. */
export class Companion implements AsyncDisposable {
  readonly #child: ChildProcess | undefined;

  private constructor(child?: ChildProcess) {
    this.#child = child;
  }

  static async start({ companion }: Preparation): Promise<Companion> {
    if (companion === undefined) return new Companion();
    const child = spawnQuietly(companion.line);
    await until(() => listens(companion.port), { what: `${companion.line[0]} to listen` });
    return new Companion(child);
  }

  get pids(): number[] {
    return this.#child === undefined ? [] : [this.#child.pid!];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) await endChild(this.#child);
  }
}

/** A shipper at work with its companion. Use it with `await using`: disposal ends both. */
export class RunningShipper implements AsyncDisposable {
  readonly output: Output;
  readonly #child: ChildProcess;
  readonly #companion: Companion;

  private constructor(output: Output, child: ChildProcess, companion: Companion) {
    this.output = output;
    this.#child = child;
    this.#companion = companion;
  }

  /** Starts it on what it has left at its place. */
  static async start(shipper: Shipper, place: Place, mode: 'once' | 'follow'): Promise<RunningShipper> {
    await mkdir(place.folder, { recursive: true });
    const preparation = await shipper.prepare(place, mode);
    const companion = await Companion.start(preparation);
    await using stdout = await open(preparation.stdout ?? '/dev/null', 'w');
    return new RunningShipper(preparation.output, spawnQuietly(preparation.line, stdout.fd), companion);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Kills it as a crash would, and returns when it is gone. Its companion, another machine's, lives on. */
  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await exitOf(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
    await this.#companion[Symbol.asyncDispose]();
  }
}

function spawnQuietly(line: CommandLine, stdout: number | 'ignore' = 'ignore'): ChildProcess {
  const [command, ...args] = leashed(...line);
  return spawn(command, args, { stdio: ['ignore', stdout, 'ignore'] });
}

async function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => {
    resolve(true);
  });
  socket.on('error', () => {
    resolve(false);
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

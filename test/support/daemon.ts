import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { exitOf, leashed } from './child.ts';
import type { CommandLine, Exit } from './child.ts';
import { until } from './until.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

export interface DaemonOptions {
  /** Read to the journal's end, deliver and exit. */
  readonly once?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** Where to run it: `(...line) => journald.commandLine(...line)` starts it beside a private journald. */
  readonly inside?: (...commandLine: CommandLine) => CommandLine;
}

/** How a run ended and all that it wrote. */
export interface DaemonEnd extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** A journalbridge of its own process, run as a user runs it. Use it with `await using`: disposal kills it. */
export class Daemon implements AsyncDisposable {
  readonly #folder: string;
  readonly #config: string;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #end: Promise<DaemonEnd>;
  #stdout = '';
  #stderr = '';

  private constructor(folder: string, config: string, child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#folder = folder;
    this.#config = config;
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (this.#stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (this.#stderr += chunk));
    this.#end = this.#untilClosed();
  }

  /** Starts `journalbridge run` with this config: an object, or the file's text as it is. */
  static async start(config: object | string, options: DaemonOptions = {}): Promise<Daemon> {
    const folder = await mkdtemp(join(tmpdir(), 'journalbridge-'));
    const path = join(folder, 'config.json');
    await writeFile(path, textOf(config));
    const run: CommandLine = [process.execPath, main, 'run', ...(options.once === true ? ['--once'] : []), path];
    const [command, ...args] = leashed(...(options.inside?.(...run) ?? run));
    const env = { ...process.env, ...options.env };
    return new Daemon(folder, path, spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env }));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What it has written to stdout so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** What it has written to stderr so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves when it has ended and its output is complete; never rejects because of how it ended. */
  get end(): Promise<DaemonEnd> {
    return this.#end;
  }

  /** Waits until the probe gives something other than undefined and false; rejects if the daemon ends before. */
  async waitFor<T>(
    probe: () => T | Promise<T>,
    what: string,
    deadlineMs?: number,
  ): Promise<Exclude<T, false | undefined>> {
    const ended = new AbortController();
    void this.#end.then(({ code, signal, stderr }) => {
      ended.abort(new Error(`the daemon ended (${code ?? signal ?? '?'}) before ${what}: ${stderr}`));
    });
    const awaited = () => `${what}; the daemon said: ${this.#stderr}`;
    return until(probe, { what: awaited, signal: ended.signal, ...(deadlineMs !== undefined && { deadlineMs }) });
  }

  /** Waits until its stderr matches. */
  async waitForLog(pattern: RegExp, deadlineMs?: number): Promise<string> {
    return this.waitFor(() => pattern.exec(this.#stderr)?.[0], `${String(pattern)} on stderr`, deadlineMs);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Gives it another config file, which it has not read yet. */
  async configure(config: object | string): Promise<void> {
    // By rename, as a package manager does it: whenever it is read, it is whole.
    await writeFile(`${this.#config}.new`, textOf(config));
    await rename(`${this.#config}.new`, this.#config);
  }

  /** Has it read another config, or the same one again; resolves with what it says of that. */
  async reload(config?: object | string, deadlineMs?: number): Promise<string> {
    const before = this.#answers().length;
    if (config !== undefined) await this.configure(config);
    this.signal('SIGHUP');
    return this.waitFor(() => this.#answers()[before], 'an answer to SIGHUP', deadlineMs);
  }

  #answers(): string[] {
    return this.#stderr.match(/.*(?: reloaded: |the config is not reloaded).*\n/g) ?? [];
  }

  /** Asks it to end, as systemd does, and waits for the end. */
  async stop(): Promise<DaemonEnd> {
    this.signal('SIGTERM');
    return this.#end;
  }

  /** Kills it as a crash would, and returns when it is gone. */
  async kill9(): Promise<DaemonEnd> {
    this.signal('SIGKILL');
    return this.#end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #untilClosed(): Promise<DaemonEnd> {
    await once(this.#child, 'close');
    return { ...(await exitOf(this.#child)), stdout: this.#stdout, stderr: this.#stderr };
  }
}

function textOf(config: object | string): string {
  return typeof config === 'string' ? config : JSON.stringify(config, null, 2);
}

/** Runs the daemon with `--once` to its end. */
export async function runOnce(config: object | string, options: DaemonOptions = {}): Promise<DaemonEnd> {
  await using daemon = await Daemon.start(config, { ...options, once: true });
  return await daemon.end;
}

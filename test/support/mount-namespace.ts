import { execFile, spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { endChild, leashed } from './child.ts';
import type { CommandLine } from './child.ts';

const execute = promisify(execFile);

/** A mount namespace of one's own, kept open by an idle process: what is mounted in it, the machine never sees. */
export class MountNamespace implements AsyncDisposable {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** Opens a namespace and runs the shell script in it, usually mounts; `args` are the script's $1, $2, … */
  static async open(script: string, ...args: string[]): Promise<MountNamespace> {
    const kept = `set -e\n${script}\necho ready\nexec sleep infinity`;
    const unshare: CommandLine = ['unshare', '--mount', '--propagation', 'private', '--'];
    const [command, ...rest] = leashed(...unshare, 'sh', '-c', kept, 'sh', ...args);
    const holder = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const complaint = text(holder.stderr);
    const ready = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit').then(() => undefined)]);
    if (ready === undefined) throw new Error(`the mount namespace could not be prepared: ${await complaint}`);
    return new MountNamespace(holder);
  }

  /** The command line that runs the given one inside, in this process' working directory and with the same id. */
  commandLine(...inside: CommandLine): CommandLine {
    return ['nsenter', `--mount=/proc/${this.#holder.pid!}/ns/mnt`, `--wd=${process.cwd()}`, '--', ...inside];
  }

  /** Starts a program inside. The caller ends it; if this process dies first, the kernel does. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [first, ...rest] = leashed(...this.commandLine(command, ...args));
    return spawn(first, rest, options);
  }

  /** Runs a program inside to its end; rejects with what it wrote to stderr if it fails. */
  async run(command: string, ...args: string[]): Promise<{ stdout: Buffer; stderr: Buffer }> {
    const [first, ...rest] = leashed(...this.commandLine(command, ...args));
    return execute(first, rest, { encoding: 'buffer', maxBuffer: 1 << 30 });
  }

  /** Lets go of the namespace: it and its mounts are gone when the last process inside has ended. */
  async close(): Promise<void> {
    await endChild(this.#holder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

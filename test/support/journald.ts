import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandLine } from './child.ts';
import type { JournalFields, LineSource } from './journal-socket.ts';
import { JournaldProcess } from './journald-process.ts';
import { MountNamespace } from './mount-namespace.ts';

export interface JournaldOptions {
  /** Lines for journald.conf's [Journal] section, such as `SystemMaxFileSize=1M`; they overrule the defaults here. */
  readonly conf?: readonly string[];
}

const defaults = ['Storage=persistent', 'ReadKMsg=no', 'Audit=no', 'RateLimitIntervalSec=0', 'SyncIntervalSec=1s'];

const mountScript = `
mount --bind "$1/run" /run
mount --bind "$1/log" /var/log
mount --bind "$1/machine-id" /etc/machine-id`;

/**
 * A real, live systemd-journald without systemd, with its own /run, /var/log and machine id in a mount namespace; the
 * machine's own journal is not touched, and several live side by side. Use it with `await using`: disposal ends all.
 * There is no /dev/log inside, and no unit but by `writeLines`.
 */
export class Journald implements AsyncDisposable {
  readonly machineId: string;
  readonly #home: string;
  readonly #mounts: MountNamespace;
  readonly #main: JournaldProcess;
  readonly #namespaces: JournaldProcess[] = [];

  private constructor(home: string, machineId: string, mounts: MountNamespace) {
    this.#home = home;
    this.machineId = machineId;
    this.#mounts = mounts;
    this.#main = this.#process();
  }

  /** Starts one; resolves when it takes entries. */
  static async start({ conf = [] }: JournaldOptions = {}): Promise<Journald> {
    const home = await mkdtemp(join(tmpdir(), 'journald-'));
    const machineId = randomBytes(16).toString('hex');
    await writeFile(join(home, 'machine-id'), `${machineId}\n`);
    for (const folder of ['run/log/journal', 'log/journal']) await mkdir(join(home, folder), { recursive: true });
    const journald = new Journald(home, machineId, await MountNamespace.open(mountScript, home));
    try {
      await journald.#main.start([...defaults, ...conf]);
    } catch (error) {
      await journald.stop();
      throw error;
    }
    return journald;
  }

  /** The folder of its journal files, readable from outside too (`journalctl -D`). */
  get directory(): string {
    return this.#main.directory;
  }

  /** Starts a program beside it: there, journalctl without options shows this journal. The caller ends it. */
  spawnInside(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess {
    return this.#mounts.spawn(command, args, options);
  }

  /** The command line that runs the given one beside it. */
  commandLine(...inside: CommandLine): CommandLine {
    return this.#mounts.commandLine(...inside);
  }

  /** Runs a program beside it to its end and gives what it wrote; rejects if it fails. */
  async run(command: string, ...args: string[]): Promise<{ stdout: Buffer; stderr: Buffer }> {
    return this.#mounts.run(command, ...args);
  }

  /** Runs journalctl beside it and gives its output. */
  async journalctl(...args: string[]): Promise<Buffer> {
    return (await this.run('journalctl', '--quiet', '--no-pager', ...args)).stdout;
  }

  /** Sends entries with fields of one's choice; follow it with `sync` to have them in the journal. */
  async write(...entries: readonly JournalFields[]): Promise<void> {
    await this.#main.write(entries);
  }

  /** Sends many entries without holding them all. */
  async writeAll(entries: Iterable<JournalFields>): Promise<void> {
    await this.#main.write(entries);
  }

  /** Sends lines as the output of a service, which sets identifier and unit. */
  async writeLines(lines: Iterable<string>, source?: LineSource): Promise<void> {
    await this.#main.writeLines(lines, source);
  }

  /** Starts a journald for a journal namespace; it ends together with this one, or of its own accord when idle. */
  async namespace(name: string, { conf = [] }: JournaldOptions = {}): Promise<JournaldProcess> {
    const journald = this.#process(name);
    this.#namespaces.push(journald);
    await journald.start([...defaults, ...conf]);
    return journald;
  }

  /** Resolves when all that was sent before is in the journal files. */
  async sync(): Promise<void> {
    await this.journalctl('--sync');
  }

  /** Archives the present journal file and begins a new one. */
  async rotate(): Promise<void> {
    await this.journalctl('--rotate');
  }

  /** Deletes archived files until only so many are left, the active one included; rotate first. */
  async vacuum(files: number): Promise<void> {
    await this.journalctl(`--vacuum-files=${files}`);
  }

  /** Ends journald in order, unless it was killed, and starts it again on the same files. */
  async restart(): Promise<void> {
    await this.#main.restart();
  }

  /** Kills journald as a crash would; `restart` brings it back. */
  async kill9(): Promise<void> {
    await this.#main.kill9();
  }

  /** Ends everything and deletes its files. Safe twice. */
  async stop(): Promise<void> {
    for (const each of [...this.#namespaces, this.#main]) await each.stop();
    await this.#mounts.close();
    await rm(this.#home, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #process(name?: string): JournaldProcess {
    const place = { run: join(this.#home, 'run'), log: join(this.#home, 'log'), machineId: this.machineId };
    return new JournaldProcess({ mounts: this.#mounts, ...place }, name);
  }
}

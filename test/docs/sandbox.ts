import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { endChild, exitOf, leashed, type CommandLine } from '../support/child.ts';
import { Journald } from '../support/journald.ts';
import { until } from '../support/until.ts';
import { ROOT } from './pages.ts';

/** How a command ended, and all that it said. */
export interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

const CONFIG = '/etc/journalbridge/journalbridge.json';
const OUTPUT = '/var/log/x/o.jsonl';
const STATE = '/var/log/x/state.json';
const KEY = '/etc/keys/2026-01';

/**
 * A machine as an operator has it, but for systemd: `journalbridge` in PATH, a live journal, a config and a daemon that
 * ships to an encrypted and chained file, all in a mount namespace. The working folder has what commands of the pages name.
 */
export class Sandbox implements AsyncDisposable {
  readonly #journald: Journald;
  readonly #things = new AsyncDisposableStack();
  readonly #folder: string;
  #cursor = '';

  private constructor(journald: Journald, folder: string) {
    this.#journald = journald;
    this.#folder = folder;
  }

  static async start(): Promise<Sandbox> {
    const folder = await mkdtempDisposable(join(tmpdir(), 'docs-'));
    const journald = await Journald.start();
    const sandbox = new Sandbox(journald, folder.path);
    sandbox.#things.defer(() => folder.remove());
    sandbox.#things.use(journald);
    try {
      await sandbox.#furnish();
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
    return sandbox;
  }

  /** Runs a command of a page to its end, with something in place of what it leaves open. */
  async run(command: string): Promise<Outcome> {
    const [first, ...args] = this.#line(this.filled(command));
    const child = spawn(first, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [{ code }, ...said] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
    return { code, said: said.join('') };
  }

  /** Runs one that does not end by itself until it says something, and then ends it. */
  async runUntilItSpeaks(command: string): Promise<Outcome> {
    const [first, ...args] = this.#line(`exec ${this.filled(command)}`);
    const child = spawn(first, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), exitOf(child)]);
    const { code, signal } = await endChild(child);
    return { code: signal === 'SIGTERM' ? 0 : code, said: '' };
  }

  /** The command with things of this machine for its words in capitals. */
  filled(command: string): string {
    const things: Record<string, string> = {
      ...{ CONFIG, STATE_FILE: STATE, WHERE: KEY, 'FILE…': OUTPUT, NAME: 'out', S: 'out', TIME: 'yesterday' },
      ...{ CURSOR: `'${this.#cursor}'`, JOURNAL: `${this.#journald.directory}/system.journal`, LEVEL: 'err' },
    };
    // The daemon has the other one for itself.
    if (/^journalbridge (run|CONFIG)/.test(command)) things['CONFIG'] = 'other.json';
    return command.replaceAll(/(?<=[ =])[A-Z_]+…?(?= |$)/g, (word) => things[word] ?? word).replace(/ …$/, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#things.disposeAsync();
  }

  async #furnish(): Promise<void> {
    const bin = join(this.#folder, 'bin');
    await mkdir(bin);
    const program = `exec "${process.execPath}" "${join(ROOT, 'src/main.ts')}"`;
    await writeFile(join(bin, 'journalbridge'), `#!/bin/sh\n${program} "$@"\n`, { mode: 0o755 });
    await this.#journald.run('sh', '-ec', FURNISH, 'sh', join(this.#folder, 'etc'));
    await this.#journald.writeLines(['one', 'two', 'three'], { identifier: 'app', unit: 'app.service' });
    await this.#journald.sync();
    const [last = ''] = (await this.#journald.journalctl('-o', 'export', '-n', '1')).toString().split('\n');
    this.#cursor = last.replace('__CURSOR=', '');
    await this.#put(CONFIG, configOf(STATE, { file_output: OUTPUT, ...KEPT_SAFE }));
    await this.#put('other.json', configOf('other-state.json', { file_output: 'other.jsonl' }));
    await this.#put('journalpump.json', configOf('pumped-state.json', { file_output: 'pumped.jsonl' }));
    await this.#startDaemon();
    await this.#put('o.jsonl', await this.#read(OUTPUT));
    await this.run('gzip -c o.jsonl > o.jsonl.20260101-000000.gz');
  }

  async #startDaemon(): Promise<void> {
    const [command, ...args] = this.#line(`exec journalbridge ${CONFIG}`);
    const daemon = spawn(command, args, { stdio: 'ignore' });
    this.#things.defer(async () => {
      await endChild(daemon);
    });
    const ships = async (): Promise<boolean> => (await this.run('journalbridge status CONFIG')).code === 0;
    await until(ships, { what: 'the daemon to ship', deadlineMs: 120_000, everyMs: 500 });
  }

  async #put(path: string, content: string): Promise<void> {
    const [command, ...args] = this.#line(`cat > ${path}`);
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end(content);
    await exitOf(child);
  }

  async #read(path: string): Promise<string> {
    return (await this.#journald.run('cat', path)).stdout.toString();
  }

  #line(script: string): CommandLine {
    const path = [join(this.#folder, 'bin'), process.env['PATH']].join(delimiter);
    const shell: CommandLine = ['env', `PATH=${path}`, 'sh', '-c', `cd '${this.#folder}' && ${script}`];
    return leashed(...this.#journald.commandLine(...shell));
  }
}

/** An /etc of its own, with what a config needs. */
const FURNISH = `
cp -a /etc "$1"
mkdir -p "$1/journalbridge" "$1/keys" /var/log/x
head -c 32 /dev/zero | base64 > "$1/keys/2026-01"
mount --bind "$1" /etc
`;
const KEPT_SAFE = { hash_chain: true, encrypt: { key: { file: KEY }, key_id: '2026-01' } };

function configOf(state: string, sender: object): string {
  const senders = { out: { output_type: 'file', ...sender } };
  return JSON.stringify({ json_state_file_path: state, readers: { system: { senders } } });
}

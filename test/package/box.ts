import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { endChild, exitOf, leashed, type CommandLine } from '../support/child.ts';
import { until } from '../support/until.ts';
import { baseImage, BOXES } from './base-image.ts';

/** What a command in a box gave. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The hierarchies in which systemd keeps its services; which there are depends on the machine. */
const CGROUPS = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  TERM: 'dumb',
  LANG: 'C.UTF-8',
  SYSTEMD_PAGER: '',
  DEBIAN_FRONTEND: 'noninteractive',
};

/**
 * A Debian 12 with systemd as PID 1 and no network, on a copy of the base image. Use it with `await using`. The kernel
 * ends it when this process ends, and what a killed run has left is removed by the next one.
 */
export class Box implements AsyncDisposable {
  readonly #name: string;
  readonly #root: string;
  #nspawn: ChildProcess | undefined;

  private constructor(name: string) {
    this.#name = name;
    this.#root = join(BOXES, name);
  }

  /** Makes a new machine and boots it. */
  static async boot(): Promise<Box> {
    removeLeftovers();
    const base = baseImage();
    const box = new Box(`box-${process.pid}-${randomBytes(3).toString('hex')}`);
    cleanUpAtExit();
    execFileSync('cp', ['-a', '--reflink=auto', base, box.#root]);
    writeFileSync(join(box.#root, 'etc/machine-id'), `${randomBytes(16).toString('hex')}\n`);
    box.write('/etc/dpkg/dpkg.cfg.d/fast', 'force-unsafe-io\n');
    await box.start();
    return box;
  }

  /** Boots it, as it is on its disk. */
  async start(): Promise<void> {
    const groups = CGROUPS.filter((path) => existsSync(join(path, 'cgroup.procs')) && existsSync(path));
    const enter = groups
      .map((path) => join(path, this.#name))
      .map((path) => `mkdir -p ${path} && echo $$ > ${path}/cgroup.procs`);
    const [command, ...args] = leashed(
      'sh',
      '-c',
      `{ ${[...enter, 'true'].join('; ')}; } 2>/dev/null; exec "$@"`,
      'sh',
      ...this.#nspawnLine(),
    );
    const console = createWriteStream(`${this.#root}.console`, { flags: 'a' });
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(console);
    child.stderr.pipe(console);
    this.#nspawn = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    const isUp = (): boolean => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the box did not boot: ${this.console}`);
      return existsSync(`/proc/${this.#leader() ?? 0}/root/run/systemd/private`);
    };
    await until(isUp, { what: () => `the box to boot: ${this.console}`, deadlineMs: 180_000, everyMs: 50 });
    await this.run('systemctl', 'is-system-running', '--wait');
  }

  /** What it has written to its console. */
  get console(): string {
    return readFileSync(`${this.#root}.console`, 'utf8');
  }

  /** A path of the box as it is seen from outside; absolute links lead astray. */
  path(inside: string): string {
    return join(this.#root, inside);
  }

  /** Runs a command in it as root. */
  run(...commandLine: CommandLine): Promise<Answer> {
    return this.feed('', ...commandLine);
  }

  /** Runs a command in it as root that reads this text. */
  feed(input: string, ...commandLine: CommandLine): Promise<Answer> {
    const leader = this.#leader();
    if (leader === undefined) throw new Error('the box is not running');
    const environment = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
    const args = ['-t', String(leader), '-a', '--', 'env', '-i', ...environment, ...commandLine];
    return new Promise((resolve) => {
      const options = { encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 300_000 } as const;
      const child = execFile('nsenter', args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.on('error', () => undefined).end(input);
    });
  }

  /** Runs a shell script in it; throws with all that it said when its exit code is not 0. Returns its stdout. */
  async sh(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run('sh', '-c', script);
    if (code !== 0) throw new Error(`exit code ${code} of ${script}:\n${stdout}\n${stderr}`);
    return stdout.trimEnd();
  }

  /** Waits until a shell script in it ends with 0; returns what that wrote. */
  async waitFor(script: string, deadlineMs = 90_000): Promise<string> {
    let last: Answer | undefined;
    const probe = async (): Promise<string | false> => {
      last = await this.run('sh', '-c', script);
      return last.code === 0 && last.stdout.trimEnd();
    };
    const what = (): string => `${script} in the box; it said ${last?.stdout ?? ''}${last?.stderr ?? ''}`;
    return until(probe, { what, deadlineMs, everyMs: 200 });
  }

  /** Writes a file in it, as root. */
  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    rmSync(this.path(path), { force: true });
    writeFileSync(this.path(path), text, { mode });
  }

  /** Shuts it down in order. */
  async shutDown(): Promise<void> {
    const child = this.#nspawn;
    if (child === undefined) return;
    this.#nspawn = undefined;
    const leader = leaderOf(child);
    if (leader !== undefined) await nsenter(leader, 'systemctl', 'poweroff', '--no-block');
    const ended = exitOf(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    await ended;
    clearTimeout(timer);
  }

  async reboot(): Promise<void> {
    await this.shutDown();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#nspawn !== undefined) await endChild(this.#nspawn, 0);
    await until(() => removeBox(this.#name), { what: `the end of ${this.#name}` });
  }

  #leader(): number | undefined {
    return this.#nspawn && leaderOf(this.#nspawn);
  }

  /** No machined and no D-Bus of the host; a loopback of its own and nothing else; the terminal stays ours. */
  #nspawnLine(): string[] {
    const place = [`--directory=${this.#root}`, `--machine=${this.#name}`, '--private-network', '--resolv-conf=off'];
    const apart = ['--register=no', '--keep-unit', '--timezone=off', '--link-journal=no', '--console=read-only'];
    // Its init outlives a killed nspawn, but not the process namespace that nspawn is the first in.
    const held = ['unshare', '--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child', '--mount-proc'];
    return [...held, 'systemd-nspawn', '--quiet', ...place, ...apart, '--boot'];
  }
}

/** PID of the box's init as it is known outside. */
function leaderOf({ pid = 0 }: ChildProcess): number | undefined {
  const nspawn = firstChild(pid);
  return nspawn && firstChild(nspawn);
}

function firstChild(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return child === undefined || child === '' ? undefined : Number(child);
  } catch {
    return undefined; // it has ended
  }
}

function nsenter(leader: number, ...commandLine: CommandLine): Promise<void> {
  return new Promise((resolve) => {
    execFile('nsenter', ['-t', String(leader), '-a', '--', ...commandLine], () => {
      resolve();
    });
  });
}

/** False while something still holds it. */
function removeBox(name: string): boolean {
  rmSync(join(BOXES, name), { recursive: true, force: true });
  rmSync(join(BOXES, `${name}.console`), { force: true });
  rmSync(join(BOXES, `.#${name}.lck`), { force: true }); // nspawn's
  return CGROUPS.map((path) => join(path, name)).every(removeGroup);
}

function removeGroup(path: string): boolean {
  if (!existsSync(path)) return true;
  const children = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const areGone = children.map(({ name }) => removeGroup(join(path, name))).every((isGone) => isGone);
  if (!areGone) return false;
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false; // a process in it is just ending
  }
}

/** What runs have left that were killed: their names tell whose they were. */
function removeLeftovers(): void {
  if (!existsSync(BOXES)) return;
  for (const file of readdirSync(BOXES)) {
    const [name, pid] = /box-(\d+)-[0-9a-f]+/.exec(file) ?? [];
    if (name !== undefined && !existsSync(`/proc/${pid!}`)) removeBox(name);
  }
}

const running = new Set<ChildProcess>();
let isCleaning = false;

/** Interrupted by hand or by the test runner, or left by one that was killed: neither machines nor their disks stay. */
function cleanUpAtExit(): void {
  if (isCleaning) return;
  isCleaning = true;
  process.on('exit', removeOwn);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(1), 1000).unref();
}

/** At once, as nothing can be waited for any more but by sleeping. */
function removeOwn(): void {
  for (const child of running) child.kill('SIGKILL');
  const own = readdirSync(BOXES).filter((name) => name.includes(`box-${process.pid}-`));
  const names = new Set(own.map((name) => name.replace(/^\.#|\.console$|\.lck$/g, '')));
  for (const name of names) {
    for (let attempt = 0; attempt < 50 && !triesToRemove(name); attempt++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

function triesToRemove(name: string): boolean {
  try {
    return removeBox(name);
  } catch {
    return false; // its last processes are still writing
  }
}

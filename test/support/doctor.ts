import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Result } from '../../src/cli/doctor/examine.ts';
import { exitOf, leashed } from './child.ts';
import type { CommandLine } from './child.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

export interface DoctorOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly inside?: (...line: CommandLine) => CommandLine;
  readonly mode?: number;
}

/** What `journalbridge doctor --json` has found, run as a user runs it. */
export class Diagnosis {
  readonly code: number | null;
  readonly results: readonly Result[];
  readonly stdout: string;
  readonly seconds: number;

  constructor(code: number | null, stdout: string, seconds: number) {
    this.code = code;
    this.stdout = stdout;
    this.seconds = seconds;
    this.results = JSON.parse(stdout) as Result[];
  }

  /** The lines of a check: `warn disk /tmp/x: …; remedy`. */
  of(check: string): string {
    const lines = this.results.filter((result) => result.check === check);
    return lines
      .map(({ status, subject, text: words, remedy }) => `${status} ${subject}: ${words}; ${remedy ?? '-'}`)
      .join('\n');
  }
}

/** As the user nobody, who is in no group. */
export const asNobody = (...line: CommandLine): CommandLine => [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--',
  ...line,
];

/** Runs `journalbridge doctor` on a config: an object, or a file's text as it is. */
export async function diagnose(config: object | string, options: DoctorOptions = {}): Promise<Diagnosis> {
  const { code, stdout, seconds } = await runDoctor(config, ['--json'], options);
  return new Diagnosis(code, stdout, seconds);
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs it with these flags on a config that is written for it. */
export async function runDoctor(
  config: object | string,
  flags: readonly string[],
  { env = {}, inside = (...line) => line, mode = 0o644 }: DoctorOptions = {},
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  const path = join(folder, 'journalbridge.json');
  try {
    await chmod(folder, 0o755);
    await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
    await chmod(path, mode);
    return await runDoctorAt(path, flags, { env, inside });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs it with these flags on what lies at a path. */
export async function runDoctorAt(
  path: string,
  flags: readonly string[],
  { env = {}, inside = (...line) => line }: DoctorOptions = {},
): Promise<Run> {
  const began = performance.now();
  const [command, ...args] = leashed(...inside(process.execPath, main, 'doctor', path, ...flags));
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
  return { code: exit.code, stdout, stderr, seconds: (performance.now() - began) / 1000 };
}

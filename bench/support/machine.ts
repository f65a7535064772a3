import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What a figure depends on besides our code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly distribution: string;
  /** Of the folder that journals and outputs are in. */
  readonly fileSystem: string;
}

export function describeMachine(folder: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    kernel: release(),
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(readText('/etc/os-release'))?.[1] ?? 'unknown',
    fileSystem: firstLine('stat', '--file-system', '--format=%T', folder),
  };
}

/** Versions of what takes part in every measure. */
export function describeVersions(): Readonly<Record<string, string>> {
  const changed = firstLine('git', 'status', '--porcelain', '--untracked-files=no', 'src') === '' ? '' : ' and changes';
  return {
    journalbridge: `${firstLine('git', 'rev-parse', '--short', 'HEAD')}${changed}`,
    node: process.version,
    systemd: firstLine('journalctl', '--version'),
  };
}

/** How many processes wanted to run, on average over the last minute. */
export function load(): number {
  return Math.round(loadavg()[0]! * 100) / 100;
}

function firstLine(command: string, ...args: string[]): string {
  try {
    const text = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text.split('\n')[0]!;
  } catch {
    return 'unknown'; // a fact less
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

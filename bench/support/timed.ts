import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { leashed, type CommandLine } from '../../test/support/child.ts';

/** What a command took; `cpuSeconds` is user and system time of all its processes. */
export interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

// bash reports what wait4(2) tells of its child and of all children that those have waited for
const SCRIPT = 'TIMEFORMAT="%3R %3U %3S"; exec 4>&2 2>&3; time "$@" 2>&4 3>&-';

/** Runs a command to its end, its output into a file or nowhere; rejects if it fails. `onStart` gets its parent's id. */
export async function timed(
  commandLine: CommandLine,
  stdout?: string,
  onStart?: (pid: number) => void,
): Promise<Usage> {
  await using file = await open(stdout ?? '/dev/null', 'w');
  const [command, ...args] = leashed('bash', '-c', SCRIPT, 'bash', ...commandLine);
  const child = spawn(command, args, { stdio: ['ignore', file.fd, 'pipe', 'pipe'] });
  onStart?.(child.pid!);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [report, complaint, [code]] = await Promise.all([
    text(child.stdio[3] as Readable),
    text(child.stderr!),
    closed,
  ]);
  if (code !== 0) throw new Error(`${commandLine[0]} ended with ${String(code)}: ${complaint}`);
  const [wall, user, system] = report.trim().split(' ').map(Number) as [number, number, number];
  return { wallSeconds: wall, cpuSeconds: user + system };
}

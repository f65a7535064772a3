import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { isInstalled, programs } from './requirements.ts';

/** A command line: the program, then its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** How a child ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * The command line such that the kernel kills the program when this process dies, however that happens: a test that
 * is killed for its timeout disposes of nothing. Keeps the process id, as each program is replaced by the next.
 */
export function leashed(...commandLine: CommandLine): CommandLine {
  return isInstalled(programs.setpriv) ? ['setpriv', '--pdeathsig', 'KILL', '--', ...commandLine] : commandLine;
}

/** How the child ended, also if it already has. Rejects if it could not be started. */
export async function exitOf(child: ChildProcess): Promise<Exit> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

/** Asks the child to end, and kills it if it has not done so after `graceMs`. */
export async function endChild(child: ChildProcess, graceMs = 10_000): Promise<Exit> {
  if (child.pid === undefined) return { code: null, signal: null }; // it never started
  const exit = exitOf(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.kill('SIGTERM');
  try {
    return await exit;
  } finally {
    clearTimeout(timer);
  }
}

import { readFileSync } from 'node:fs';
import type { Block } from './block.ts';
import { NAME } from './field-names.ts';

/** What tells our own log lines from those of others. */
export interface OwnProcess {
  readonly pid: number;
  /** As in `_BOOT_ID`; undefined: unknown, and no process can be told by its number. */
  readonly bootId: string | undefined;
  /** When this process began, in µs since boot: process numbers are used again. */
  readonly startedUs: number;
  /** The unit whose main process we are. */
  readonly unit: string | undefined;
}

/** The clocks of the process and of journald are read at different moments. */
const SLACK_US = 1e6;

/** Who we are. A unit counts as ours only if systemd started us as its main process, not if we just run inside it. */
export function ownProcess(bootId: string | undefined): OwnProcess {
  const isMainProcess = process.env['SYSTEMD_EXEC_PID'] === String(process.pid);
  const nowUs = Number(process.hrtime.bigint() / 1000n);
  return {
    pid: process.pid,
    bootId,
    startedUs: nowUs - process.uptime() * 1e6 - SLACK_US,
    unit: isMainProcess ? unitOf(readCgroup()) : undefined,
  };
}

/**
 * Whether entry i is a log line of our own: shipping it may make us log again, without end (peers have filled disks
 * that way).
 */
export function createOwnLogGuard({ pid, bootId, startedUs, unit }: OwnProcess): (block: Block, i: number) => boolean {
  const ownPid = String(pid);
  return (block, i) => {
    if (unit !== undefined && textIs(block, block.find(i, NAME.SYSTEMD_UNIT), unit)) return true;
    return (
      textIs(block, block.find(i, NAME.PID), ownPid) &&
      bootId !== undefined &&
      textIs(block, block.find(i, NAME.BOOT_ID), bootId) &&
      block.monotonicUs(i) >= startedUs
    );
  };
}

/** The service in the text of /proc/self/cgroup (cgroups(7)), if the last part of the path is one. */
function unitOf(cgroup: string): string | undefined {
  const paths = cgroup.split('\n').map((line) => line.split(':').slice(2).join(':'));
  return paths.map((path) => path.split('/').at(-1)!).find((part) => part.endsWith('.service'));
}

function readCgroup(): string {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8');
  } catch {
    return ''; // no /proc: then the process number has to do
  }
}

function textIs(block: Block, f: number, text: string): boolean {
  if (f < 0 || block.end[f]! - block.start[f]! !== text.length) return false;
  const start = block.start[f]!;
  for (let k = 0; k < text.length; k++) if (block.bytes[start + k] !== text.charCodeAt(k)) return false;
  return true;
}

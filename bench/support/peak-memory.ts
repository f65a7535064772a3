import { readFileSync } from 'node:fs';

const SAMPLE_MS = 25;

/** The most memory of several processes, added up. */
export interface Memory {
  /** With the pages of mapped files, once for each process that maps them. */
  readonly rssMb: number;
  /** What is no copy of a file: what they take from others. */
  readonly anonMb: number;
  /** Resident without journalctl, whose pages are mostly those of the journal. */
  readonly peakMb: number;
}

/** The most memory that processes and all their descendants have had, looked at every few milliseconds. */
export class PeakMemory {
  readonly #roots: (() => number[])[] = [];
  readonly #timer: NodeJS.Timeout;
  #most: Memory = { rssMb: 0, anonMb: 0, peakMb: 0 };

  constructor() {
    this.#timer = setInterval(() => {
      this.#look();
    }, SAMPLE_MS);
  }

  /** Looks at these too from now on. */
  watch(...pids: readonly number[]): void {
    this.#roots.push(() => [...pids]);
  }

  /** Looks at all that this one starts, but not at itself. */
  watchChildren(pid: number): void {
    this.#roots.push(() => childrenOf(pid));
  }

  /** Ends the looking. Safe twice. */
  stop(): Memory {
    clearInterval(this.#timer);
    return this.#most;
  }

  #look(): void {
    const pids = this.#roots.flatMap((root) => root()).flatMap(treeOf);
    const statuses = pids.map((pid) => readProc(`${pid}/status`));
    const own = statuses.filter((status) => !status.startsWith('Name:\tjournalctl\n'));
    const { rssMb, anonMb, peakMb } = this.#most;
    this.#most = {
      rssMb: Math.max(rssMb, megabytes('VmRSS', statuses)),
      anonMb: Math.max(anonMb, megabytes('RssAnon', statuses)),
      // the kernel keeps this peak, so that only growth in the last moment can be missed
      peakMb: Math.max(peakMb, megabytes('VmHWM', own)),
    };
  }
}

function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

function childrenOf(pid: number): number[] {
  return readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function megabytes(name: 'VmRSS' | 'RssAnon' | 'VmHWM', statuses: readonly string[]): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm');
  const kilobytes = statuses.map((status) => Number(line.exec(status)?.[1] ?? 0));
  return (kilobytes.reduce((sum, each) => sum + each, 0) * 1024) / 1e6;
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return ''; // it has just ended
  }
}

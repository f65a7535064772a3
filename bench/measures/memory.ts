import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { leashed } from '../../test/support/child.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Bench, Figure, Measure } from '../measure.ts';
import { interleaved } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { median, medianRatio } from '../support/statistics.ts';

const LARGE_ENTRIES = 1_000_000;
const SAMPLE_MS = 20;
const LIMIT_MB = 130;

/** How much memory our own process has had at most, whatever the size of the journal. */
export const memory: Measure = {
  name: 'memory',
  title: 'peak resident memory of our process, run --once to one file',
  lack: () => lackOf('systemd-journal-remote'),
  async run(bench) {
    const counts = bench.large ? [bench.entries, LARGE_ENTRIES] : [bench.entries];
    if (bench.large) bench.say('a journal of a million entries takes minutes to build, once');
    const journals = new Map<number, string>();
    for (const count of counts) journals.set(count, await cachedJournal({ count }));
    const contestants = counts.map(
      (count) => [String(count), () => peakMb(bench, journals.get(count)!, count)] as const,
    );
    const rounds = await interleaved(bench, Object.fromEntries(contestants));
    return { figures: figuresOf(rounds, counts), rounds };
  },
};

function figuresOf(rounds: readonly Readonly<Record<string, number>>[], counts: readonly number[]): Figure[] {
  const peaks = counts.map((count): Figure => {
    const value = median(rounds.map((round) => round[String(count)]!));
    return { name: `peak at ${count.toLocaleString('en')} entries`, value, unit: 'MB', target: { atMost: LIMIT_MB } };
  });
  const [small, large] = counts.map(String);
  if (large === undefined) return peaks;
  const growth = medianRatio(
    rounds,
    (round) => round[large]!,
    (round) => round[small!]!,
  );
  return [...peaks, { name: 'the larger journal over the smaller', value: growth, unit: '×', target: { atMost: 1.1 } }];
}

async function peakMb({ folder }: Bench, journal: string, entries: number): Promise<number> {
  const ship = new Ship(folder, 'memory', { reader: { journal_path: journal } });
  const [command, ...args] = leashed(...(await ship.prepare('--once')));
  const child = spawn(command, args, { stdio: 'ignore' });
  let peak = 0;
  // the kernel keeps the peak, so that only growth in the last moment can be missed
  const timer = setInterval(() => (peak = Math.max(peak, peakBytes(child.pid!))), SAMPLE_MS);
  await once(child, 'exit');
  clearInterval(timer);
  await ship.verify(entries);
  await ship.clear();
  return peak / 1e6;
}

function peakBytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has just ended
  }
}

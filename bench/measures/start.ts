import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { once } from 'node:events';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { endChild, leashed } from '../../test/support/child.ts';
import { lackOf } from '../../test/support/requirements.ts';
import { until } from '../../test/support/until.ts';
import type { Measure } from '../measure.ts';
import { interleaved } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { spread } from '../support/statistics.ts';

/** From the start of the process to the first line in the file. */
export const start: Measure = {
  name: 'start',
  title: 'start to the first line delivered',
  lack: () => lackOf('systemd-journal-remote'),
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    const ship = new Ship(bench.folder, 'start', { reader: { journal_path: journal } });
    const contestants = { ours: () => firstLine(ship), journalctl: () => firstByte(journal) };
    await contestants.ours();
    // a start takes a fraction of a second: four times the rounds cost nothing and calm the median
    const rounds = await interleaved({ ...bench, rounds: bench.rounds * 4 }, contestants);
    return {
      figures: [
        {
          name: 'first line in the file',
          ...spread(rounds.map(({ ours }) => ours)),
          unit: 's',
          target: { atMost: 0.4 },
        },
        { name: "journalctl's first byte", ...spread(rounds.map(({ journalctl }) => journalctl)), unit: 's' },
      ],
      rounds,
    };
  },
};

async function firstLine(ship: Ship): Promise<number> {
  const [command, ...args] = leashed(...(await ship.prepare()));
  const begin = performance.now();
  const child = spawn(command, args, { stdio: 'ignore' });
  await until(() => sizeOf(ship.output()) > 0, { what: 'the first line', everyMs: 1 });
  const seconds = (performance.now() - begin) / 1000;
  await endChild(child);
  await ship.clear();
  return seconds;
}

async function firstByte(journal: string): Promise<number> {
  const [command, ...args] = leashed('journalctl', '-D', journal, '-o', 'export');
  const begin = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const seconds = (performance.now() - begin) / 1000;
  child.stdout.resume();
  await endChild(child);
  return seconds;
}

/** A batch is written by one call, so a file that is not empty has its first line. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Bench, Figure, Measure, Spread } from '../measure.ts';
import { interleaved, type Round } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { spread, spreadOfRatios } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';

type Throughput = Round<'export' | 'json' | 'ours', Usage>;

/** A whole journal to one file, beside what journalctl itself takes for it. */
export const throughput: Measure = {
  name: 'throughput',
  title: 'run --once to one file, fsync for each batch',
  lack: () => lackOf('systemd-journal-remote'),
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    const ship = new Ship(bench.folder, 'throughput', { reader: { journal_path: journal } });
    const json = join(bench.folder, 'throughput.json');
    const contestants = {
      export: () => timed(['journalctl', '-D', journal, '-o', 'export']),
      json: async () => {
        const usage = await timed(['journalctl', '-D', journal, '-o', 'json'], json);
        await rm(json);
        return usage;
      },
      ours: async () => {
        const usage = await timed(await ship.prepare('--once'));
        await ship.verify(bench.entries);
        await ship.clear();
        return usage;
      },
    };
    await contestants.export(); // the journal into the page cache, our code into the compile cache
    await contestants.ours();
    const rounds = await interleaved(bench, contestants);
    return { figures: figuresOf(rounds, bench), rounds };
  },
};

function figuresOf(rounds: Throughput[], { entries }: Bench): Figure[] {
  const rate = (name: keyof Throughput): Spread => spread(rounds.map((round) => entries / round[name].wallSeconds));
  const cpu = (name: keyof Throughput): Spread =>
    spread(rounds.map((round) => (round[name].cpuSeconds / entries) * 1e6));
  const ratio = (over: keyof Throughput, under: keyof Throughput, of: keyof Usage): Spread =>
    spreadOfRatios(
      rounds,
      (round) => round[over][of],
      (round) => round[under][of],
    );
  return [
    {
      name: 'wall, over journalctl -o export',
      ...ratio('ours', 'export', 'wallSeconds'),
      unit: '×',
      target: { atMost: 1.25 },
    },
    {
      name: 'wall, journalctl -o json > file over ours',
      ...ratio('json', 'ours', 'wallSeconds'),
      unit: '×',
      target: { atLeast: 2.5 },
    },
    {
      name: 'CPU of all processes, over journalctl -o export',
      ...ratio('ours', 'export', 'cpuSeconds'),
      unit: '×',
      target: { atMost: 1.7 },
    },
    { name: 'our rate', ...rate('ours'), unit: 'entries/s' },
    { name: 'rate of journalctl -o export', ...rate('export'), unit: 'entries/s' },
    { name: 'rate of journalctl -o json > file', ...rate('json'), unit: 'entries/s' },
    { name: 'our CPU, journalctl included', ...cpu('ours'), unit: 'µs/entry' },
    { name: 'CPU of journalctl -o export', ...cpu('export'), unit: 'µs/entry' },
  ];
}

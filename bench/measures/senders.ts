import { cachedJournal } from '../../test/support/journal-cache.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Bench, Figure, Measure, Spread, Table } from '../measure.ts';
import { interleaved, type Round } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { spread, spreadOfRatios } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';

const COUNTS = [1, 2, 3, 5, 10];

type Senders = Readonly<Record<string, object>>;
type Rounds = readonly Round<string, Usage>[];

/** What more senders cost: alike, so that they share each line, and each with lines of its own. */
export const senders: Measure = {
  name: 'senders',
  title: 'one to ten file senders, all alike and all different',
  lack: () => lackOf('systemd-journal-remote'),
  inReport: { rounds: 3 },
  async run(bench) {
    const reader = { journal_path: await cachedJournal({ count: bench.entries }) };
    const run = async (name: string, senders: Senders): Promise<Usage> => {
      const ship = new Ship(bench.folder, `senders-${name.replace(' ', '-')}`, { reader, senders });
      const usage = await timed(await ship.prepare('--once'));
      await ship.verify(bench.entries);
      await ship.clear();
      return usage;
    };
    const shipments = shipmentsOf();
    await run('alike 1', shipments['alike 1']!);
    const contestants = Object.entries(shipments).map(([name, senders]) => [name, () => run(name, senders)] as const);
    const rounds = await interleaved(bench, Object.fromEntries(contestants));
    return { figures: figuresOf(rounds), table: tableOf(rounds, bench), rounds };
  },
};

/** All sets of senders by name: so many alike, so many different, and three of which two are alike. */
function shipmentsOf(): Record<string, Senders> {
  const shipments: Record<string, Senders> = { 'two alike of 3': { s0: {}, s1: {}, s2: { format: 'journald' } } };
  for (const count of COUNTS) {
    shipments[`alike ${count}`] = sendersOf(count, () => ({}));
    if (count > 1) shipments[`different ${count}`] = sendersOf(count, different);
  }
  return shipments;
}

function sendersOf(count: number, keysOf: (n: number) => object): Senders {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, keysOf(n)]));
}

/** Both formats by turns, each with a field that no other has. */
function different(n: number): object {
  return { format: n % 2 === 0 ? 'journalpump' : 'journald', extra_field_values: { sender: `s${n}` } };
}

function figuresOf(rounds: Rounds): Figure[] {
  const ratio = (name: string, of: keyof Usage): Spread =>
    spreadOfRatios(
      rounds,
      (round) => round[name]![of],
      (round) => round['alike 1']![of],
    );
  return [
    {
      name: 'CPU of three, two of them alike, over one',
      ...ratio('two alike of 3', 'cpuSeconds'),
      unit: '×',
      target: { atMost: 1.5 },
    },
    { name: 'CPU of ten alike over one', ...ratio('alike 10', 'cpuSeconds'), unit: '×' },
    { name: 'CPU of ten different over one', ...ratio('different 10', 'cpuSeconds'), unit: '×' },
    { name: 'wall of ten different over one', ...ratio('different 10', 'wallSeconds'), unit: '×' },
  ];
}

function tableOf(rounds: Rounds, { entries }: Bench): Table {
  const cell = (name: string, of: (usage: Usage) => number): Spread | string =>
    name in rounds[0]! ? spread(rounds.map((round) => of(round[name]!))) : '';
  const wall = ({ wallSeconds }: Usage): number => wallSeconds;
  const cpu = ({ cpuSeconds }: Usage): number => (cpuSeconds / entries) * 1e6;
  return {
    head: [
      'Senders',
      'Alike: seconds',
      'Alike: CPU s per million',
      'Different: seconds',
      'Different: CPU s per million',
    ],
    rows: COUNTS.map((count) => [
      `${count}`,
      ...['alike', 'different'].flatMap((kind) => [cell(`${kind} ${count}`, wall), cell(`${kind} ${count}`, cpu)]),
    ]),
  };
}

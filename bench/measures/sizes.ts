import { join } from 'node:path';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Bench, Figure, Measure, Spread, Table } from '../measure.ts';
import { journalbridge } from '../shippers/journalbridge.ts';
import type { Place } from '../shippers/shipper.ts';
import { spread } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';
import { shipWhole, type WholeUsage } from '../support/whole.ts';

const MILLION = 1_000_000;
const LARGE = [MILLION, 5 * MILLION];
const LIMIT_MB = 130;
/** How much more an entry of a larger journal may cost, and how much more memory it may take. */
const GROWTH = 1.1;

interface Size {
  readonly entries: number;
  readonly ours: readonly WholeUsage[];
  /** journalctl -o export alone, into nothing. */
  readonly floor: readonly Usage[];
}

/** Whether memory, or the cost of an entry, grows with the journal. */
export const sizes: Measure = {
  name: 'sizes',
  title: 'memory, and the cost of an entry, for journals of different sizes',
  lack: () => lackOf('systemd-journal-remote'),
  inReport: { rounds: 3 },
  async run(bench) {
    if (bench.large) bench.say('a journal of five million entries takes minutes to build, once');
    const found: Size[] = [];
    for (const entries of [bench.entries, ...(bench.large ? LARGE : [])]) found.push(await sizeOf(bench, entries));
    return { figures: figuresOf(found), table: tableOf(found), rounds: found };
  },
};

async function sizeOf(bench: Bench, entries: number): Promise<Size> {
  const journal = await cachedJournal({ count: entries });
  const place: Place = { folder: join(bench.folder, 'sizes'), journal, inside: (...line) => line };
  const ours: WholeUsage[] = [];
  const floor: Usage[] = [];
  for (let round = 0; round < (entries > MILLION ? 1 : bench.rounds); round++) {
    bench.say(`${entries} entries, round ${round + 1}`);
    floor.push(await timed(['journalctl', '-D', journal, '-o', 'export']));
    ours.push(await shipWhole(journalbridge(''), place, entries));
  }
  return { entries, ours, floor };
}

const costs = (usages: readonly Usage[], entries: number): Spread =>
  spread(usages.map(({ cpuSeconds }) => (cpuSeconds / entries) * 1e6));

function figuresOf(found: readonly Size[]): Figure[] {
  const peaks = found.map(({ entries, ours }) => ({
    name: `peak memory at ${entries.toLocaleString('en')} entries`,
    ...spread(ours.map(({ peakMb }) => peakMb)),
    unit: 'MB',
    target: { atMost: LIMIT_MB },
  }));
  const [small, ...larger] = found;
  const growth = larger.flatMap(({ entries, ours, floor }): Figure[] => {
    const over = `${entries.toLocaleString('en')} entries over ${small!.entries.toLocaleString('en')}`;
    const memory =
      spread(ours.map(({ peakMb }) => peakMb)).value / spread(small!.ours.map(({ peakMb }) => peakMb)).value;
    const cost = costs(ours, entries).value / costs(small!.ours, small!.entries).value;
    const ofFloor = costs(floor, entries).value / costs(small!.floor, small!.entries).value;
    return [
      { name: `memory, ${over}`, value: memory, unit: '×', target: { atMost: GROWTH } },
      { name: `CPU of an entry, ${over}`, value: cost, unit: '×', target: { atMost: GROWTH } },
      { name: `the same of journalctl -o export alone`, value: ofFloor, unit: '×' },
    ];
  });
  return [...peaks, ...growth];
}

function tableOf(found: readonly Size[]): Table {
  return {
    head: ['Entries', 'Entries/s', 'CPU s per million', '… of journalctl -o export alone', 'Peak memory, MB'],
    rows: found.map(({ entries, ours, floor }) => [
      entries.toLocaleString('en'),
      spread(ours.map(({ wallSeconds }) => entries / wallSeconds)),
      costs(ours, entries),
      costs(floor, entries),
      spread(ours.map(({ peakMb }) => peakMb)),
    ]),
  };
}

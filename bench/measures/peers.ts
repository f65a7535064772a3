import { join } from 'node:path';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import type { Bench, Figure, Measure, Spread, Table } from '../measure.ts';
import { findShippers, versionsOf } from '../shippers/all.ts';
import { OURS } from '../shippers/journalbridge.ts';
import type { Shipper } from '../shippers/shipper.ts';
import { DefaultPlace } from '../support/default-place.ts';
import { lackOfPeers } from '../support/lacks.ts';
import { interleaved, type Round } from '../support/rounds.ts';
import { spread, spreadOfRatios } from '../support/statistics.ts';
import { shipWhole, type WholeUsage } from '../support/whole.ts';

type Rounds = readonly Round<string, WholeUsage>[];

/** The same journal by other shippers of the distribution, and by journalctl alone. */
export const peers: Measure = {
  name: 'peers',
  title: 'a whole journal into a file by us, by other shippers of the distribution and by journalctl alone',
  lack: lackOfPeers,
  inReport: { rounds: 5 },
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    const found = await findShippers();
    await using mounts = await DefaultPlace.open(join(bench.folder, 'peers'), journal);
    const ship = (shipper: Shipper): Promise<WholeUsage> => shipWhole(shipper, mounts.of(shipper.name), bench.entries);
    const all = [found.ours, ...found.peers, ...found.plain];
    await ship(found.plain[0]!); // the journal into the page cache
    await ship(found.ours);
    const rounds = await interleaved(
      bench,
      Object.fromEntries(all.map((shipper) => [shipper.name, () => ship(shipper)])),
    );
    return {
      figures: [...found.peers, ...found.plain].map(({ name }) => ratioTo(name, rounds)),
      table: tableOf(all, rounds, bench),
      rounds,
      versions: versionsOf(found),
    };
  },
};

/** Target: three times the rate of the two system loggers, 2.5 times that of journalctl's JSON. */
const WANTED: Readonly<Record<string, number>> = { rsyslog: 3, 'syslog-ng': 3, 'journalctl -o json': 2.5 };

function ratioTo(name: string, rounds: Rounds): Figure {
  const ratio = spreadOfRatios(
    rounds,
    (round) => round[name]!.wallSeconds,
    (round) => round[OURS]!.wallSeconds,
  );
  const atLeast = WANTED[name];
  return {
    name: `our rate over that of ${name}`,
    ...ratio,
    unit: '×',
    ...(atLeast !== undefined && { target: { atLeast } }),
  };
}

function tableOf(shippers: readonly Shipper[], rounds: Rounds, { entries }: Bench): Table {
  const cell = (name: string, of: (usage: WholeUsage) => number): Spread =>
    spread(rounds.map((round) => of(round[name]!)));
  return {
    head: ['', 'Entries/s', 'CPU s per million', 'Memory of its own, MB', 'Resident, MB'],
    better: ['', 'more', 'less', 'less', 'less'],
    rows: shippers.map(({ name }) => [
      name,
      cell(name, ({ wallSeconds }) => entries / wallSeconds),
      cell(name, ({ cpuSeconds }) => (cpuSeconds / entries) * 1e6),
      cell(name, ({ anonMb }) => anonMb),
      cell(name, ({ rssMb }) => rssMb),
    ]),
  };
}

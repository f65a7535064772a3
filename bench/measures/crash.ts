import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { checkSequence } from '../../test/support/lines.ts';
import { until } from '../../test/support/until.ts';
import type { Figure, Measure, Spread, Table } from '../measure.ts';
import { findShippers, versionsOf } from '../shippers/all.ts';
import { deliveredIn, lastIn } from '../shippers/delivered.ts';
import { OURS } from '../shippers/journalbridge.ts';
import { RunningShipper } from '../shippers/running.ts';
import type { Place, Shipper } from '../shippers/shipper.ts';
import { DefaultPlace } from '../support/default-place.ts';
import { lackOfPeers } from '../support/lacks.ts';
import { interleaved, type Round } from '../support/rounds.ts';
import { spread } from '../support/statistics.ts';

/** Where in the journal each round kills. */
const SHARES = [0.5, 0.3, 0.6, 0.4, 0.2];
const DEADLINE_MS = 5 * 60_000;

/** What a kill in the middle cost, after the restart. */
interface Loss {
  readonly killedAt: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly torn: number;
}

type Rounds = readonly Round<string, Loss>[];

/** kill -9 in the middle of a journal and a start from what the shipper has kept: what is lost, what comes twice. */
export const crash: Measure = {
  name: 'crash',
  title: 'kill -9 in the middle of a journal, then a restart: entries lost and entries that come twice',
  lack: lackOfPeers,
  inReport: { entries: 100_000, rounds: 3 },
  async run(bench) {
    const journal = await cachedJournal({ count: bench.entries });
    const found = await findShippers();
    await using mounts = await DefaultPlace.open(join(bench.folder, 'crash'), journal);
    const shippers = [found.ours, ...found.peers];
    let runs = 0;
    const kill = (shipper: Shipper): Promise<Loss> => {
      const share = SHARES[Math.floor(runs++ / shippers.length) % SHARES.length]!;
      return lossOf(Math.round(share * bench.entries), shipper, mounts.of(shipper.name), bench.entries);
    };
    const rounds = await interleaved(
      bench,
      Object.fromEntries(shippers.map((shipper) => [shipper.name, () => kill(shipper)])),
    );
    return { figures: figuresOf(rounds), table: tableOf(shippers, rounds), rounds, versions: versionsOf(found) };
  },
};

async function lossOf(killAt: number, shipper: Shipper, place: Place, entries: number): Promise<Loss> {
  await rm(place.folder, { recursive: true, force: true });
  const killedAt = await killIn(shipper, place, killAt);
  await using running = await RunningShipper.start(shipper, place, 'once');
  const isDone = async (): Promise<boolean> =>
    shipper.ends ? running.hasEnded : (await lastIn(running.output)) === entries - 1;
  await until(isDone, { what: `${shipper.name} to ship the rest`, everyMs: 20, deadlineMs: DEADLINE_MS });
  const { numbers, torn } = await deliveredIn(running.output);
  const { missing, duplicates } = checkSequence(numbers, entries);
  return { killedAt, lost: missing.length, duplicates, torn };
}

/** Kills it as soon as it has written the entry with this number; gives the number of the last that it had written. */
async function killIn(shipper: Shipper, place: Place, number: number): Promise<number> {
  await using running = await RunningShipper.start(shipper, place, 'once');
  const last = async (): Promise<number> => (await lastIn(running.output)) ?? -1;
  await until(async () => running.hasEnded || (await last()) >= number, {
    what: `${shipper.name} to write entry ${number}`,
    deadlineMs: DEADLINE_MS,
  });
  if (running.hasEnded) throw new Error(`${shipper.name} had ended before it could be killed`);
  await running.kill9();
  return await last();
}

function figuresOf(rounds: Rounds): Figure[] {
  const of = (what: 'lost' | 'duplicates' | 'torn'): Spread => spread(rounds.map((round) => round[OURS]![what]));
  return [
    { name: 'entries that we lost', ...of('lost'), unit: '', target: { atMost: 0 } },
    { name: 'torn lines of ours', ...of('torn'), unit: '', target: { atMost: 0 } },
    { name: 'entries that came twice from us', ...of('duplicates'), unit: '' },
  ];
}

function tableOf(shippers: readonly Shipper[], rounds: Rounds): Table {
  const cell = (name: string, what: 'lost' | 'duplicates' | 'torn'): string =>
    rounds.map((round) => round[name]![what].toLocaleString('en')).join(', ');
  return {
    head: ['', 'Lost', 'Twice', 'Torn lines'],
    rows: shippers.map(({ name }) => [name, cell(name, 'lost'), cell(name, 'duplicates'), cell(name, 'torn')]),
  };
}

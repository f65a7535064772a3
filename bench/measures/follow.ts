import { spawn } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { leashed } from '../../test/support/child.ts';
import { randomFrom } from '../../test/support/entries.ts';
import { Journald } from '../../test/support/journald.ts';
import { lackOf } from '../../test/support/requirements.ts';
import { until } from '../../test/support/until.ts';
import type { Bench, Figure, Measure, Table } from '../measure.ts';
import { findShippers, versionsOf } from '../shippers/all.ts';
import { lastIn } from '../shippers/delivered.ts';
import { OURS } from '../shippers/journalbridge.ts';
import { RunningShipper } from '../shippers/running.ts';
import type { Output, Shipper } from '../shippers/shipper.ts';
import { lackOfPeers } from '../support/lacks.ts';
import { SpokenPings, TailedPings, type Pings, type WatchedPings } from '../support/pings.ts';
import { interleaved, type Round } from '../support/rounds.ts';
import { percentile } from '../support/statistics.ts';

const ENTRIES_PER_ROUND = 20;

/** ms from a program's write until an entry was in a shipper's output, and until journalctl beside it showed the same one. */
interface Arrival {
  readonly shipped: number;
  readonly shown: number;
}

type Rounds = readonly Round<string, Arrival[]>[];

/** How long a new entry takes into the output, and how long journalctl takes to show the very same one. */
export const follow: Measure = {
  name: 'follow',
  title: "from a program's write to the entry in the output, a live journald between, beside journalctl -f",
  lack: () => lackOf('private journald') ?? lackOfPeers(),
  inReport: { rounds: 3 },
  async run(bench) {
    const found = await findShippers();
    await using journald = await Journald.start();
    await using shown = new SpokenPings(
      journald.spawnInside('journalctl', ['-f', '-o', 'export'], { stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    const numbers = numbersFrom0();
    const shippers = [found.ours, ...found.peers];
    const rounds = await interleaved(
      bench,
      Object.fromEntries(
        shippers.map((each) => [each.name, () => arrivalsAt(each, { bench, journald, numbers, shown: shown.pings })]),
      ),
    );
    return { figures: figuresOf(rounds), table: tableOf(shippers, rounds), rounds, versions: versionsOf(found) };
  },
};

interface Scene {
  readonly bench: Bench;
  readonly journald: Journald;
  readonly numbers: Iterator<number, never>;
  readonly shown: Pings;
}

/** Starts a shipper on the live journal, waits until it follows, and sends entries one by one. */
async function arrivalsAt(shipper: Shipper, { bench, journald, numbers, shown }: Scene): Promise<Arrival[]> {
  const folder = join(bench.folder, 'follow');
  await rm(folder, { recursive: true, force: true });
  const first = numbers.next().value;
  await journald.write({ MESSAGE: `ping ${first}.`, SEQ: first });
  const place = { folder, inside: journald.commandLine.bind(journald) };
  await using running = await RunningShipper.start(shipper, place, 'follow');
  await using shipped = await watchOutput(running.output);
  await until(() => shipped.pings.seen.has(first) && shown.seen.has(first), { what: `${shipper.name} to follow` });
  const random = randomFrom(first);
  const arrivals: Arrival[] = [];
  while (arrivals.length < ENTRIES_PER_ROUND) {
    const n = numbers.next().value;
    await delay(50 + random() * 200);
    const sentMs = performance.now();
    await journald.write({ MESSAGE: `ping ${n}.`, SEQ: n });
    const seen = shipped.pings.seen;
    await until(() => seen.has(n) && shown.seen.has(n), { what: `entry ${n} from ${shipper.name}`, everyMs: 10 });
    arrivals.push({ shipped: seen.get(n)! - sentMs, shown: shown.seen.get(n)! - sentMs });
  }
  return arrivals;
}

async function watchOutput({ kind, path }: Output): Promise<WatchedPings> {
  if (kind !== 'journal') {
    await until(async () => (await stat(path).catch(() => undefined)) !== undefined, { what: path });
    return TailedPings.of(path);
  }
  // A journalctl that meets a file that is just being made never looks at it again.
  await until(async () => (await lastIn({ kind, path })) !== undefined, { what: `an entry in ${path}` });
  const [command, ...args] = leashed('journalctl', '-f', '-n', 'all', '-D', path, '-o', 'export');
  return new SpokenPings(spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] }));
}

function* numbersFrom0(): Generator<number, never> {
  for (let n = 0; ; n++) yield n;
}

const arrivalsOf = (name: string, rounds: Rounds): Arrival[] => rounds.flatMap((round) => round[name]!);
const behind = ({ shipped, shown }: Arrival): number => shipped - shown;

function figuresOf(rounds: Rounds): Figure[] {
  const ours = arrivalsOf(OURS, rounds);
  const of = (what: (arrival: Arrival) => number, p: number): number => percentile(ours.map(what), p);
  const p95 = of(({ shipped }) => shipped, 0.95) - of(({ shown }) => shown, 0.95);
  return [
    { name: 'our p95, more than that of journalctl', value: p95, unit: 'ms', target: { atMost: 20 } },
    { name: 'p50 of how much later than journalctl', value: of(behind, 0.5), unit: 'ms' },
    { name: 'p95 of how much later than journalctl', value: of(behind, 0.95), unit: 'ms' },
  ];
}

function tableOf(shippers: readonly Shipper[], rounds: Rounds): Table {
  const row = (name: string, arrivals: readonly Arrival[]): Table['rows'][number] => {
    const shipped = arrivals.map((arrival) => arrival.shipped);
    const later = arrivals.map(behind);
    const values = [
      percentile(shipped, 0.5),
      percentile(shipped, 0.95),
      percentile(later, 0.5),
      percentile(later, 0.95),
    ];
    return [name, ...values.map((value) => ({ value }))];
  };
  return {
    head: ['', 'p50, ms', 'p95, ms', 'later than journalctl: p50, ms', '… p95, ms'],
    better: ['', '', '', 'less', 'less'],
    rows: shippers.map(({ name }) => row(name, arrivalsOf(name, rounds))),
  };
}

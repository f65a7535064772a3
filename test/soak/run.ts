import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../src/errors.ts';
import { residentBytes } from '../integration/processes.ts';
import { seededRandom } from '../support/simulated-journal.ts';
import { until } from '../support/until.ts';
import { gapsOf, isClean, tableOf, type Account } from './account.ts';
import type { Destination } from './destination.ts';
import { drawFault, faultsFor } from './faults.ts';
import { openFileDestination } from './file-destination.ts';
import { openSocketDestination } from './socket-destination.ts';
import { Stage } from './stage.ts';

/** Runs the daemon for minutes under load and random faults, and accounts for every entry: `npm run soak -- --minutes N`. */

interface SoakOptions {
  readonly minutes: number;
  readonly perSecond: number;
  readonly seed: number;
}

const RECOVERY_MS = 120_000;

async function soak(options: SoakOptions): Promise<boolean> {
  const { minutes, perSecond, seed } = options;
  say(`${minutes} minutes at ${perSecond} entries a second, seed ${seed}`);
  await using stage = await Stage.open(await openDestinations(minutes * 60 * perSecond * 2), perSecond);
  const { load } = stage;
  const happened = await faults(stage, options);
  for (const destination of stage.destinations) await destination.heal();
  const written = await load.stop();
  await recover(stage);
  const memory = await residentBytes(stage.daemon.pid);
  const { readers } = await stage.state();
  const code = await stage.stopDaemon();

  const isInGap = gapsOf(readers['soak']);
  const accounts: Account[] = [];
  for (const destination of stage.destinations) {
    accounts.push((await destination.tally()).close(written, (number) => isInGap(load.writtenMs[number]!)));
  }
  say(tableOf(accounts, written));
  say(`faults: ${[...happened].map(([name, times]) => `${times} × ${name}`).join(', ')}`);
  for (const gap of readers['soak']?.gaps ?? []) say(`gap: ${JSON.stringify(gap)}`);
  say(
    `gaps reported: ${readers['soak']?.gaps?.length ?? 0}; memory at the end ${Math.round(memory / 2 ** 20)} MiB; exit code ${code}`,
  );
  const isFine = code === 0 && accounts.every(isClean);
  if (!isFine) await complain(stage, accounts);
  return isFine;
}

async function openDestinations(maxEntries: number): Promise<Destination[]> {
  return Promise.all([
    openFileDestination('file', maxEntries),
    openFileDestination('other-file', maxEntries),
    openSocketDestination('socket'),
  ]);
}

/** Lets one thing after the other go wrong until the time is over; resolves with how often each did. */
async function faults(stage: Stage, { minutes, seed }: SoakOptions): Promise<Map<string, number>> {
  const random = seededRandom(seed);
  const all = faultsFor(stage.destinations);
  const happened = new Map<string, number>();
  const endMs = performance.now() + minutes * 60_000;
  const underWay = new Set<Promise<void>>();
  while (performance.now() < endMs) {
    await pause(500 + random() * 4000);
    const fault = drawFault(all, random);
    happened.set(fault.name, (happened.get(fault.name) ?? 0) + 1);
    say(`${new Date().toISOString()} ${fault.name}`);
    const happening = fault.happen(stage, random).finally(() => underWay.delete(happening));
    // Outages overlap with everything else; what befalls the daemon is waited for.
    if (fault.name.includes(':')) underWay.add(happening);
    else await happening;
  }
  await Promise.all(underWay);
  return happened;
}

/** Waits until every sender has acknowledged all that there is. */
async function recover(stage: Stage): Promise<void> {
  await stage.journald.sync();
  await until(
    async () => {
      const { senders } = (await stage.state()).readers['soak']!;
      return Object.values(senders).every(({ lag, health }) => lag?.seconds === 0 && health.status === 'connected');
    },
    { what: 'every sender to have everything', deadlineMs: RECOVERY_MS, everyMs: 500 },
  );
}

async function complain(stage: Stage, accounts: readonly Account[]): Promise<void> {
  for (const { name, missing } of accounts) {
    if (missing.length > 0) say(`${name} lacks ${missing.slice(0, 20).join(', ')}${missing.length > 20 ? ', …' : ''}`);
  }
  const path = `soak-${process.pid}.log`;
  await stage.keepLog(path);
  say(`what the daemons said is in ${path}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function optionsOf(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '3' },
      rate: { type: 'string', default: '2000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  return { minutes: Number(values.minutes), perSecond: Number(values.rate), seed: Number(values.seed) };
}

try {
  process.exitCode = (await soak(optionsOf(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? (error.stack ?? '') : messageOf(error)}\n`);
  process.exitCode = 1;
}

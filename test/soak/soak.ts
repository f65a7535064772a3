import { setTimeout as pause } from 'node:timers/promises';
import type { StoredSender } from '../../src/state/stored.ts';
import { seededRandom } from '../support/simulated-journal.ts';
import { until } from '../support/until.ts';
import { accountOf, type Account } from './account.ts';
import { openCast } from './cast.ts';
import { Deck } from './deck.ts';
import { faultsFor } from './faults.ts';
import { JournalTimes } from './journal-times.ts';
import { SECRET } from './entries.ts';
import { lettersOf } from './letters.ts';
import { drawMs, paceOf, type SoakOptions } from './pace.ts';
import { READER, Stage } from './stage.ts';

/** What came out of a soak. */
export interface SoakResult {
  readonly accounts: readonly Account[];
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>;
  readonly gaps: readonly unknown[];
  /** What is wrong beside the accounts, in sentences. */
  readonly complaints: readonly string[];
  readonly peakBytes: number;
  /** How long it took until everybody had everything, once nothing was wrong any more. */
  readonly recoveryMs: number;
}

const RECOVERY_MS = 600_000;

/** Runs the daemon under load and faults, and accounts for every entry. `say` is told what happens, `keepLog` where to leave the log. */
export async function soak(options: SoakOptions, say: (text: string) => void): Promise<SoakResult> {
  const maxEntries = Math.ceil(options.minutes * 60 * options.perSecond * 1.1);
  await using stage = await Stage.open(await openCast(options.isWhole, maxEntries), options.perSecond);
  try {
    return await run(stage, options, say);
  } finally {
    const path = `soak-${options.seed}.log`;
    await stage.keepLog(path);
    say(`what the daemons said is in ${path}`);
  }
}

async function run(stage: Stage, options: SoakOptions, say: (text: string) => void): Promise<SoakResult> {
  const faults = await troubleWith(stage, options, say);
  const written = await stage.load.stop();
  say(`${written} entries written; everything is healed`);
  const healedMs = performance.now();
  await recover(stage, written);
  const recoveryMs = performance.now() - healedMs;
  const code = await stage.stopDaemon();
  const { readers } = await stage.state();
  const { accounts, complaints } = await closeAccounts(stage, written);
  if (code !== 0) complaints.push(`the daemon ended with ${code}`);
  complaints.push(...complaintsAbout(stage.log));
  return { accounts, faults, gaps: readers[READER]?.gaps ?? [], complaints, peakBytes: stage.peakBytes, recoveryMs };
}

/** Lets one thing after the other go wrong until the time is over, and heals all; resolves with how often each did. */
async function troubleWith(
  stage: Stage,
  options: SoakOptions,
  say: (text: string) => void,
): Promise<Map<string, number>> {
  const random = seededRandom(options.seed);
  const all = faultsFor(stage.destinations);
  const deck = new Deck(all, random);
  const pace = paceOf(options, all.length);
  const happened = new Map<string, number>();
  const beganMs = performance.now();
  const underWay = new Set<Promise<void>>();
  const failed: unknown[] = [];
  for (let dueMs = drawMs(pace.between, random); dueMs < options.minutes * 60_000;) {
    await pause(Math.max(0, beganMs + dueMs - performance.now()));
    if (failed.length > 0) throw failed[0];
    await stage.check();
    const fault = deck.draw();
    say(`${timeSince(beganMs)} ${fault.name}`);
    happened.set(fault.name, (happened.get(fault.name) ?? 0) + 1);
    const happening = fault
      .happen(stage, drawMs(pace.outage, random))
      .catch((error: unknown) => failed.push(error))
      .then(() => undefined)
      .finally(() => underWay.delete(happening));
    if (fault.overlaps) underWay.add(happening);
    else await happening;
    dueMs += drawMs(pace.between, random);
  }
  await Promise.all(underWay);
  if (failed.length > 0) throw failed[0];
  return happened;
}

/** Waits until every sender has acknowledged the last entry. */
async function recover(stage: Stage, written: number): Promise<void> {
  await stage.journald.sync();
  const last = String(await stage.journald.journalctl('-o', 'json', '-n', '1', `SEQ=${written - 1}`));
  const lastMs = Math.floor(Number((JSON.parse(last) as { __REALTIME_TIMESTAMP: string }).__REALTIME_TIMESTAMP) / 1000);
  let behind: string[] = [];
  await until(
    async () => {
      await stage.check();
      const { senders } = (await stage.state()).readers[READER]!;
      behind = Object.entries(senders).flatMap(([name, sender]) => lateIn(name, sender, lastMs));
      return behind.length === 0;
    },
    { what: () => `${behind.join(', ')} to have everything`, deadlineMs: RECOVERY_MS, everyMs: 500 },
  );
}

/** Which deliveries of a sender have not acknowledged an entry of that time. */
function lateIn(name: string, { sent, deliveries }: StoredSender, lastMs: number): string[] {
  if (deliveries !== undefined) return Object.entries(deliveries).flatMap(([id, each]) => lateIn(id, each, lastMs));
  return sent.time !== undefined && Date.parse(sent.time) >= lastMs ? [] : [`${name} (at ${sent.time ?? 'nothing'})`];
}

async function closeAccounts(stage: Stage, written: number) {
  const { statePath, destinations } = stage;
  const times = new JournalTimes();
  const complaints: string[] = [];
  const closed = [];
  for (const destination of destinations) {
    const place = { statePath, reader: READER, sender: destination.name };
    for (const tally of await destination.tallies(times)) {
      const isOwn = (fields: Readonly<Record<string, string | null>> = {}): boolean =>
        (destination.ownerOf?.(fields) ?? tally.options.name) === tally.options.name;
      closed.push({ tally, letters: await lettersOf(place, ({ fields }) => isOwn(fields)) });
    }
    const complaint = await destination.verify?.(statePath);
    if (complaint !== undefined) complaints.push(`${destination.name}: ${complaint}`);
  }
  const isInGap = times.gapTest(written, (await stage.state()).readers[READER]);
  return { accounts: closed.map(({ tally, letters }) => accountOf(tally, { written, letters, isInGap })), complaints };
}

/** The log must have no secret, and nothing that is a bug. */
function complaintsAbout(log: string): string[] {
  const complaints: string[] = [];
  if (log.includes(SECRET)) complaints.push('the log has a secret in clear');
  const stack = /^.*\n +at .*$/m.exec(log)?.[0];
  if (stack !== undefined) complaints.push(`the log has a stack: ${stack}`);
  return complaints;
}

/** `12:34` */
function timeSince(beganMs: number): string {
  const seconds = Math.round((performance.now() - beganMs) / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

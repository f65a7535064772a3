import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { plainCapabilities } from '../../test/support/capabilities.ts';
import { SimulatedJournal } from '../../test/support/simulated-journal.ts';
import { until } from '../../test/support/until.ts';
import type { Batch, Sender } from '../senders/sender.ts';
import { emptySender, type StoredSender } from '../state/stored.ts';
import { createLog } from '../telemetry/log.ts';
import { Feeds } from './feeds.ts';
import { Sieve } from './sieve.ts';
import { Station } from './station.ts';

const ISOLATION_MS = 8;
const MAX_ENTRIES = 50;
const log = createLog({ write: () => undefined });

type Mood = 'well' | 'slow' | 'dead';

/** A destination that takes what it gets, takes its time, or hangs. */
class Destination implements Sender {
  readonly name: string;
  /** Numbers of the entries taken, run by run. */
  readonly runs: number[][] = [];
  private readonly random: () => number;
  private mood: Mood = 'well';
  private heal: () => void = () => undefined;

  constructor(name: string, random: () => number) {
    this.name = name;
    this.random = random;
  }

  set(mood: Mood): void {
    this.mood = mood;
    if (mood !== 'dead') this.heal();
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  async send({ bytes, ends }: Batch, signal: AbortSignal): Promise<void> {
    const lines = bytes.toString('utf8', 0, ends.at(-1)).trimEnd().split('\n');
    const numbers = lines.map((line) => Number((JSON.parse(line) as { SEQ: string }).SEQ));
    if (this.mood === 'slow') await pause(4);
    if (this.mood === 'dead') await this.health(signal);
    // What was cut off may have arrived all the same.
    if (!signal.aborted || this.random() < 0.5) this.runs.at(-1)!.push(...numbers);
    signal.throwIfAborted();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private health(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.heal = resolve;
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }
}

/** A reader's feeds over a simulated journal, with destinations that outlive restarts. */
class Bed {
  readonly journal: SimulatedJournal;
  readonly destinations: Destination[];
  feeds!: Feeds;
  stations: Station[] = [];
  displaced = 0;
  /** Numbers of the entries at which the runs of each destination had to begin. */
  readonly begins: number[][];
  private saved: StoredSender[];

  constructor(seed: number, count: number) {
    this.journal = new SimulatedJournal(seed);
    this.destinations = Array.from({ length: count }, (_, n) => new Destination(`d${n}`, this.journal.random));
    this.begins = this.destinations.map(() => []);
    this.saved = this.destinations.map(() => emptySender('x'));
    this.start();
  }

  start(): void {
    const stored = structuredClone(this.saved);
    this.destinations.forEach((destination, n) => {
      destination.runs.push([]);
      this.begins[n]!.push(this.numberOf(stored[n]!) + 1);
    });
    this.feeds = new Feeds({
      selection: { journal_flags: [], units_to_match: [] },
      capabilities: plainCapabilities,
      sieve: new Sieve({}),
      follow: true,
      isolationTimeoutMs: ISOLATION_MS,
      stallCheckMs: 60_000,
      log,
      openSource: (options) => this.journal.open(options),
      events: {
        displaced: () => this.displaced++,
        skipped: () => undefined,
        lost: () => undefined,
        mayHaveLost: () => undefined,
        stalled: () => undefined,
        fileIgnored: () => undefined,
        ended: () => undefined,
        failed: () => undefined,
        restarted: () => undefined,
        complained: () => undefined,
      },
    });
    this.stations = this.destinations.map((destination, n) => this.makeStation(destination, stored[n]!));
    for (const { delivery } of this.stations) delivery.start();
    this.feeds.start(this.stations, { kind: 'head' });
  }

  /** What the state file has from now on. */
  save(): void {
    this.saved = structuredClone(this.stations.map(({ stored }) => stored));
  }

  /** As kill -9: what was not saved is forgotten. */
  async kill(): Promise<void> {
    await this.feeds.stop();
    await Promise.all(this.stations.map(({ delivery }) => delivery.stop()));
  }

  /** Takes a delivery away in the midst of it all, and puts another one in its place. */
  async replace(n: number): Promise<void> {
    const { delivery, stored } = this.stations[n]!;
    this.feeds.remove(this.stations[n]!);
    await delivery.stop();
    this.destinations[n]!.runs.push([]);
    this.begins[n]!.push(this.numberOf(stored) + 1);
    this.stations[n] = this.makeStation(this.destinations[n]!, stored);
    this.stations[n].delivery.start();
    this.feeds.add(this.stations[n]);
  }

  /** Removes what no checkpoint in the state file needs any more, the entries of the checkpoints included. */
  vacuum(): void {
    this.journal.vacuum(Math.min(...this.saved.map((stored) => this.numberOf(stored))) + 1);
  }

  async recover(): Promise<void> {
    for (const destination of this.destinations) destination.set('well');
    const last = this.journal.entries.length - 1;
    for (const { runs, name } of this.destinations) {
      await until(() => last < 0 || runs.at(-1)!.at(-1) === last || this.areSaved(last), {
        what: () => `entry ${last} at ${name}, which has ${runs.at(-1)!.at(-1)}`,
        everyMs: 1,
        deadlineMs: 60_000,
      });
    }
  }

  private areSaved(number: number): boolean {
    return this.stations.every(({ stored }) => this.numberOf(stored) === number);
  }

  private numberOf({ sent }: StoredSender): number {
    return this.journal.entries.findIndex(({ cursor }) => cursor === sent.cursor);
  }

  private makeStation(destination: Destination, stored: StoredSender): Station {
    return new Station({
      name: destination.name,
      limits: { maxEntries: MAX_ENTRIES, maxBytes: 1e6, batchMaxEntries: 20, batchMaxBytes: 1e5 },
      maxBatchAgeMs: 0,
      attemptMs: 0,
      encoding: { format: 'journald', extraFields: {}, maxEntryBytes: 1 << 20 },
      level: undefined,
      stored,
      log,
      createSender: () => Promise.resolve(destination),
      progress: () => ({ behindEntries: 0, lastReadMs: undefined, isBlocked: false, isReadOut: false }),
      moved: () => undefined,
      drained: () => {
        this.feeds.wake();
      },
    });
  }
}

const numbersFrom = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

/** Each run of each destination has taken all entries, each once and in order, from behind its checkpoint on. */
function assertRuns({ destinations, begins }: Bed): void {
  destinations.forEach(({ runs, name }, n) => {
    runs.forEach((run, r) => {
      const begin = begins[n]![r]!;
      assert.deepEqual(run, numbersFrom(begin, run.length), `${name}, run ${r} from ${begin}`);
    });
  });
}

const who = fc.nat(9);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 300 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mood' as const),
      who,
      mood: fc.constantFrom<Mood>('well', 'slow', 'dead', 'dead'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stall' as const), who, ms: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('save' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('vacuum' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

async function perform(bed: Bed, step: typeof action extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const sources = [...bed.journal.sources];
  switch (step.do) {
    case 'append':
      bed.journal.append(step.count);
      break;
    case 'mood':
      bed.destinations[step.who % bed.destinations.length]!.set(step.mood);
      break;
    case 'wait':
      await pause(step.ms);
      break;
    case 'die':
      sources[step.who % sources.length]?.die();
      break;
    case 'stall':
      sources[step.who % sources.length]?.stall(step.ms);
      break;
    case 'save':
      bed.save();
      break;
    case 'vacuum':
      bed.vacuum();
      break;
    case 'replace':
      await bed.replace(step.who % bed.stations.length);
      break;
    case 'restart':
      await bed.kill();
      bed.start();
  }
}

test(
  'whatever happens, every delivery gets every entry in order, and all feeds become one again',
  { timeout: 300_000 },
  async () => {
    let splits = 0;
    let merges = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 2, max: 4 }),
        fc.array(action, { minLength: 5, maxLength: 40 }),
        async (seed, count, actions) => {
          const bed = new Bed(seed, count);
          try {
            for (const step of actions) {
              await perform(bed, step);
              for (const { queue } of bed.stations) assert.ok(queue.entries <= MAX_ENTRIES);
            }

            await bed.recover();
            assertRuns(bed);
            await until(
              () => {
                // Without a single entry nobody knows where a feed stands.
                if (bed.journal.entries.length === 0) bed.journal.append(1);
                return bed.feeds.count === 1;
              },
              { what: () => `one feed, there are ${bed.feeds.count}`, everyMs: 2, deadlineMs: 60_000 },
            );
            await bed.recover();

            assertRuns(bed);
            assert.ok(
              bed.journal.mostSources <= count,
              `${bed.journal.mostSources} journalctls for ${count} deliveries`,
            );
            assert.equal(bed.journal.sources.size, 1);
            splits += bed.feeds.splits;
            merges += bed.feeds.merges;
          } finally {
            await bed.kill();
          }
        },
      ),
      { numRuns: 150, endOnFailure: true },
    );
    assert.ok(splits > 10 && merges > 10, `only ${splits} splits and ${merges} merges`);
  },
);

test('deliveries that come one after the other to the same beginning share a journalctl', async () => {
  const bed = new Bed(1, 3);
  try {
    for (const station of bed.stations) bed.feeds.remove(station);
    assert.equal(bed.journal.sources.size, 0);

    for (const station of bed.stations) bed.feeds.add(station);
    const sources = bed.journal.sources.size;
    bed.journal.append(30);
    await bed.recover();

    assert.equal(sources, 1);
    assertRuns(bed);
  } finally {
    await bed.kill();
  }
});

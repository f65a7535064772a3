import { watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { endChild } from '../../test/support/child.ts';
import { Daemon } from '../../test/support/daemon.ts';
import { randomFrom } from '../../test/support/entries.ts';
import { Journald } from '../../test/support/journald.ts';
import { waitForLines } from '../../test/support/lines.ts';
import { lackOf } from '../../test/support/requirements.ts';
import { until } from '../../test/support/until.ts';
import type { Figure, Measure } from '../measure.ts';
import { Ship } from '../support/ship.ts';
import { percentile } from '../support/statistics.ts';

const ENTRIES_PER_ROUND = 20;

interface Arrival {
  readonly ours: number;
  readonly journalctl: number;
}

/** How long a new entry takes into the file, and how long journalctl takes to show the very same one. */
export const follow: Measure = {
  name: 'follow',
  title: "from a program's write to the line in the file, a live journald between, beside journalctl -f -o export",
  lack: () => lackOf('private journald'),
  async run(bench) {
    await using journald = await Journald.start();
    const ship = new Ship(bench.folder, 'follow', {});
    await using daemon = await Daemon.start(ship.config, { inside: (...line) => journald.commandLine(...line) });
    const journalctl = journald.spawnInside('journalctl', ['-f', '-o', 'export'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const theirs = new Pings();
      journalctl.stdout!.setEncoding('latin1').on('data', (text: string) => {
        theirs.see(text);
      });
      await journald.write({ MESSAGE: 'ping 0.' });
      await daemon.waitFor(() => theirs.seen.has(0), 'journalctl to follow');
      await waitForLines(ship.output(), 1);
      await using ours = await TailedPings.of(ship.output());
      const rounds: Arrival[][] = [];
      for (let round = 0; round < bench.rounds; round++) {
        bench.say(`round ${round + 1} of ${bench.rounds}`);
        rounds.push(await ping(journald, { ours: ours.pings, theirs, from: 1 + round * ENTRIES_PER_ROUND }));
      }
      return { figures: figuresOf(rounds.flat()), rounds };
    } finally {
      await endChild(journalctl);
    }
  },
};

async function ping(
  journald: Journald,
  { ours, theirs, from }: { ours: Pings; theirs: Pings; from: number },
): Promise<Arrival[]> {
  const random = randomFrom(from);
  const arrivals: Arrival[] = [];
  for (let n = from; n < from + ENTRIES_PER_ROUND; n++) {
    await delay(50 + random() * 200);
    const sentMs = performance.now();
    await journald.write({ MESSAGE: `ping ${n}.` });
    await until(() => ours.seen.has(n) && theirs.seen.has(n), { what: `entry ${n}`, everyMs: 10 });
    arrivals.push({ ours: ours.seen.get(n)! - sentMs, journalctl: theirs.seen.get(n)! - sentMs });
  }
  return arrivals;
}

function figuresOf(arrivals: readonly Arrival[]): Figure[] {
  const of = (who: keyof Arrival, p: number): number =>
    percentile(
      arrivals.map((arrival) => arrival[who]),
      p,
    );
  const behind = arrivals.map(({ ours, journalctl }) => ours - journalctl);
  const p95 = of('ours', 0.95) - of('journalctl', 0.95);
  return [
    { name: 'p95, more than journalctl', value: p95, unit: 'ms', target: { atMost: 20 } },
    { name: 'p50 of the difference for one entry', value: percentile(behind, 0.5), unit: 'ms' },
    { name: 'p95 of the difference for one entry', value: percentile(behind, 0.95), unit: 'ms' },
    { name: 'our p50', value: of('ours', 0.5), unit: 'ms' },
    { name: 'our p95', value: of('ours', 0.95), unit: 'ms' },
    { name: "journalctl's p50", value: of('journalctl', 0.5), unit: 'ms' },
    { name: "journalctl's p95", value: of('journalctl', 0.95), unit: 'ms' },
  ];
}

/** When each numbered entry was first seen in a text that comes in pieces, in ms of `performance.now()`. */
class Pings {
  readonly seen = new Map<number, number>();
  #rest = '';

  see(text: string): void {
    const now = performance.now();
    this.#rest += text;
    let end = 0;
    for (const match of this.#rest.matchAll(/ping (\d+)\./g)) {
      const number = Number(match[1]);
      if (!this.seen.has(number)) this.seen.set(number, now);
      end = match.index + match[0].length;
    }
    this.#rest = this.#rest.slice(Math.max(end, this.#rest.length - 64));
  }
}

/** The same for a file that grows; told by inotify, so that looking costs nothing while nothing comes. */
class TailedPings implements AsyncDisposable {
  readonly pings = new Pings();
  readonly #file: FileHandle;
  readonly #watcher: FSWatcher;
  readonly #buffer = Buffer.alloc(1 << 16);
  #reading: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.#file = file;
    this.#watcher = watch(path, () => {
      this.#reading = this.#reading.then(() => this.#read());
    });
  }

  static async of(path: string): Promise<TailedPings> {
    return new TailedPings(path, await open(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher.close();
    await this.#reading;
    await this.#file.close();
  }

  async #read(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, this.#buffer.length);
      if (bytesRead === 0) return;
      this.pings.see(this.#buffer.toString('latin1', 0, bytesRead));
    }
  }
}

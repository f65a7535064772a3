import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, cpuSeconds, residentBytes } from '../../test/integration/processes.ts';
import { Daemon } from '../../test/support/daemon.ts';
import { Journald } from '../../test/support/journald.ts';
import { waitForLines } from '../../test/support/lines.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Measure } from '../measure.ts';
import { Ship } from '../support/ship.ts';

const SETTLE_MS = 3000;

/** What the daemon takes while nothing happens. */
export const idle: Measure = {
  name: 'idle',
  title: 'following a journal in which nothing happens',
  lack: () => lackOf('private journald'),
  async run(bench) {
    const { folder, windowSeconds } = bench;
    await using journald = await Journald.start();
    const ship = new Ship(folder, 'idle', {});
    await using daemon = await Daemon.start(ship.config, { inside: (...line) => journald.commandLine(...line) });
    await journald.write({ MESSAGE: 'the last one' });
    await waitForLines(ship.output(), 1);
    await delay(SETTLE_MS);
    const journalctls = await childrenOf(daemon.pid);
    const used = async (pids: readonly number[]): Promise<number> =>
      (await Promise.all(pids.map(cpuSeconds))).reduce((sum, each) => sum + each, 0);
    bench.say(`looking at it for ${windowSeconds} s`);
    const [ours, theirs] = [await used([daemon.pid]), await used(journalctls)];
    await delay(windowSeconds * 1000);
    const percent = async (pids: readonly number[], before: number): Promise<number> =>
      (((await used(pids)) - before) / windowSeconds) * 100;
    const cpu = { ours: await percent([daemon.pid], ours), journalctl: await percent(journalctls, theirs) };
    const rss = (await residentBytes(daemon.pid)) / 1e6;
    const total = cpu.ours + cpu.journalctl;
    return {
      figures: [
        { name: 'CPU, journalctl included', value: total, unit: '% of a core', target: { atMost: 0.5 } },
        { name: 'resident memory of our process', value: rss, unit: 'MB', target: { atMost: 90 } },
      ],
      rounds: [{ windowSeconds, cpuPercent: cpu, rssMb: rss }],
    };
  },
};

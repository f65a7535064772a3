import { cachedJournal } from '../../test/support/journal-cache.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Measure } from '../measure.ts';
import { interleaved } from '../support/rounds.ts';
import { Ship, type Shipment } from '../support/ship.ts';
import { medianRatio } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';

const SHIPMENTS = {
  one: { out: {} },
  three: { out: {}, same: {}, other: { format: 'journald' } },
} satisfies Record<string, Shipment['senders']>;

/** What two more senders cost, one of them with the format of the first. */
export const senders: Measure = {
  name: 'senders',
  title: 'three file senders, two of them alike, beside one',
  lack: () => lackOf('systemd-journal-remote'),
  async run(bench) {
    const reader = { journal_path: await cachedJournal({ count: bench.entries }) };
    const run = async (name: keyof typeof SHIPMENTS): Promise<Usage> => {
      const ship = new Ship(bench.folder, name, { reader, senders: SHIPMENTS[name] });
      const usage = await timed(await ship.prepare('--once'));
      await ship.verify(bench.entries);
      await ship.clear();
      return usage;
    };
    await run('one');
    const rounds = await interleaved(bench, { one: () => run('one'), three: () => run('three') });
    const ratio = (of: keyof Usage): number =>
      medianRatio(
        rounds,
        ({ three }) => three[of],
        ({ one }) => one[of],
      );
    return {
      figures: [
        { name: 'CPU of three over one', value: ratio('cpuSeconds'), unit: '×', target: { atMost: 1.5 } },
        { name: 'wall of three over one', value: ratio('wallSeconds'), unit: '×' },
      ],
      rounds,
    };
  },
};

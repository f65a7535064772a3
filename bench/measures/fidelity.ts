import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { buildJournal } from '../../test/support/journal-builder.ts';
import type { Figure, Measure, Table } from '../measure.ts';
import { findShippers, versionsOf } from '../shippers/all.ts';
import { journalbridge, OURS } from '../shippers/journalbridge.ts';
import type { Shipper } from '../shippers/shipper.ts';
import { CASES, entriesOfCases, judge } from '../support/cases.ts';
import { DefaultPlace } from '../support/default-place.ts';
import { lackOfPeers } from '../support/lacks.ts';
import { entriesIn } from '../support/read-back.ts';
import { keepWhole } from '../support/whole.ts';

/** What becomes of fields that are binary, long, repeated or of several lines. */
export const fidelity: Measure = {
  name: 'fidelity',
  title: 'what becomes of binary, long, repeated and multi-line fields',
  lack: lackOfPeers,
  inReport: { rounds: 1 },
  async run(bench) {
    const journal = join(bench.folder, 'fidelity-journal');
    const entries = [...entriesOfCases()];
    await buildJournal(journal, entries);
    const found = await findShippers();
    const shippers = [found.ours, journalbridge('', 'journald'), ...found.peers, ...found.plain];
    await using mounts = await DefaultPlace.open(join(bench.folder, 'fidelity'), journal);
    const verdicts: Record<string, string[]> = {};
    for (const shipper of shippers) {
      bench.say(shipper.name);
      verdicts[shipper.name] = await verdictsOn(shipper, mounts, entries.length);
    }
    await rm(journal, { recursive: true });
    return {
      figures: [figureOf(verdicts[OURS]!)],
      table: tableOf(verdicts),
      rounds: [verdicts],
      versions: versionsOf(found),
    };
  },
};

async function verdictsOn(shipper: Shipper, mounts: DefaultPlace, entries: number): Promise<string[]> {
  const place = mounts.of(`fidelity ${shipper.name}`);
  const output = await keepWhole(shipper, place, entries);
  const found = await entriesIn(output);
  return CASES.map((each, n) => judge(each, found.get(n)));
}

function figureOf(verdicts: readonly string[]): Figure {
  const wrong = verdicts.filter((verdict) => !verdict.startsWith('exact')).length;
  return { name: 'kinds of fields that we do not keep exactly', value: wrong, unit: '', target: { atMost: 0 } };
}

function tableOf(verdicts: Readonly<Record<string, readonly string[]>>): Table {
  const names = Object.keys(verdicts);
  return {
    head: ['', ...CASES.map(({ title }) => title)],
    rows: names.map((name) => [name, ...verdicts[name]!]),
  };
}

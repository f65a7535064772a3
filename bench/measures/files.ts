import { readdir, rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { generateEntries } from '../../test/support/entries.ts';
import type { EntrySpec } from '../../test/support/export-stream.ts';
import { buildJournal } from '../../test/support/journal-builder.ts';
import { lackOf } from '../../test/support/requirements.ts';
import type { Bench, Figure, Measure, Spread } from '../measure.ts';
import { interleaved, type Round } from '../support/rounds.ts';
import { Ship } from '../support/ship.ts';
import { spreadOfRatios } from '../support/statistics.ts';
import { timed, type Usage } from '../support/timed.ts';

const KEYS = 2000;
const ROTATED_BYTES = 16 << 20;

/** What a file sender has in each case, beside its path. */
const CASES = {
  plain: { path: 'o.jsonl', keys: {} },
  gzip: { path: 'o.jsonl', keys: { rotate: { max_bytes: ROTATED_BYTES, compress: 'gzip' } } },
  chain: { path: 'o.jsonl', keys: { hash_chain: true } },
  routed: { path: '{KEY}.jsonl', keys: {} },
} as const;

type Case = keyof typeof CASES;

/** What the features of the file sender cost, beside one file that is only appended to. */
export const files: Measure = {
  name: 'files',
  title: 'rotation with gzip, a hash chain, a file for each of 2,000 keys, beside one plain file',
  lack: () => lackOf('systemd-journal-remote'),
  inReport: { entries: 100_000, rounds: 3 },
  async run(bench) {
    const journal = join(bench.folder, 'files-journal');
    await buildJournal(journal, withKeys(generateEntries({ count: bench.entries })));
    const run = (name: Case) => () => shipInto(bench, journal, name);
    await run('plain')();
    const rounds = await interleaved(bench, {
      plain: run('plain'),
      gzip: run('gzip'),
      chain: run('chain'),
      routed: run('routed'),
    });
    await rm(journal, { recursive: true });
    return { figures: figuresOf(rounds), rounds };
  },
};

function* withKeys(entries: Iterable<EntrySpec>): Generator<EntrySpec> {
  let n = 0;
  for (const entry of entries) {
    // 7919 has no factor in common with 2000: each run of so many entries has every key once.
    yield { ...entry, fields: [...entry.fields, ['KEY', `key-${(n++ * 7919) % KEYS}`]] };
  }
}

async function shipInto(bench: Bench, journal: string, name: Case): Promise<Usage> {
  const folder = join(bench.folder, `files-${name}`);
  const { path, keys } = CASES[name];
  const out = { ...keys, file_output: join(folder, path), create_directories: true };
  const ship = new Ship(bench.folder, `files-${name}`, { reader: { journal_path: journal }, senders: { out } });
  const usage = await timed(await ship.prepare('--once'));
  const lines = await linesIn(folder);
  if (lines !== bench.entries)
    throw new Error(`${lines} lines in place of ${bench.entries}: not what was to be measured`);
  await Promise.all([ship.clear(), rm(folder, { recursive: true })]);
  return usage;
}

async function linesIn(folder: string): Promise<number> {
  let lines = 0;
  for (const name of await readdir(folder)) {
    const file = createReadStream(join(folder, name));
    for await (const piece of name.endsWith('.gz') ? file.pipe(createGunzip()) : file) {
      for (let at = -1; (at = (piece as Buffer).indexOf(0x0a, at + 1)) >= 0;) lines++;
    }
  }
  return lines;
}

function figuresOf(rounds: readonly Round<Case, Usage>[]): Figure[] {
  const ratio = (over: Case, under: Case, of: keyof Usage): Spread =>
    spreadOfRatios(
      rounds,
      (round) => round[over][of],
      (round) => round[under][of],
    );
  return [
    {
      name: 'rate with rotation and gzip, over plain',
      ...ratio('plain', 'gzip', 'wallSeconds'),
      unit: '×',
      target: { atLeast: 0.8 },
    },
    {
      name: 'rate with a hash chain, over plain',
      ...ratio('plain', 'chain', 'wallSeconds'),
      unit: '×',
      target: { atLeast: 0.7 },
    },
    {
      name: `time of ${KEYS} files, over one`,
      ...ratio('routed', 'plain', 'wallSeconds'),
      unit: '×',
      target: { atMost: 2 },
    },
    ...(['gzip', 'chain', 'routed'] as const).map((name) => ({
      name: `CPU: ${name}, over plain`,
      ...ratio(name, 'plain', 'cpuSeconds'),
      unit: '×',
    })),
  ];
}

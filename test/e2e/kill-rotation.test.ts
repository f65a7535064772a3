import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { verify } from '../../src/cli/verify/verify.ts';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { randomFrom } from '../support/entries.ts';
import { buildKeyedJournal } from '../support/keyed-journal.ts';
import { checkSequence, sequenceOf, type JsonLine } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { filesBelow, outputsBelow, type Output } from '../support/outputs.ts';

const ENTRIES = 14_000;
const KILLS = 30;
const KEYS = 180;
/** So many keys are in use at a time: enough that batches go to many files at once. */
const ALIVE = 120;
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** A sender with all that moves files about at once. */
const sender = (file_output: string, compress: string, more: object = {}) => ({
  file_output,
  create_directories: true,
  rotate: { max_bytes: 12_000, compress },
  hash_chain: true,
  ...more,
});

test(
  `killed at ${KILLS} random moments under rotation: nothing is lost, nothing is twice, the chains hold (SEED=${SEED})`,
  { timeout: 300_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    const random = randomFrom(SEED);
    await using place = await Place.make();
    const journal_path = join(place.path, 'journal');
    // Keys come and go, and all of them come once more at the end: what was left of them is put in order then.
    const keyOf = (n: number) => {
      const last = n - (ENTRIES - KEYS);
      return `k${last >= 0 ? last : Math.floor((n / ENTRIES) * (KEYS - ALIVE) + random() * ALIVE)}`;
    };
    await buildKeyedJournal(journal_path, { count: ENTRIES, keyOf, lengthOf: () => 20 + Math.floor(random() * 600) });
    const senders = {
      gzip: sender(join(place.path, 'gzip/{KEY}.jsonl'), 'gzip', { max_open_files: 16 }),
      zstd: sender(join(place.path, 'zstd/{KEY}/{KEY}.jsonl'), 'zstd', { max_open_files: 16, fsync: 'interval' }),
      one: sender(join(place.path, 'one/o.jsonl'), 'gzip'),
    };
    const reader = { journal_path, msg_buffer_max_length: 300 };
    const config = place.config({ reader, senders, top: { state_save_interval: 0.1 } });
    const progress: string[] = [];

    for (let kill = 0; kill < KILLS; kill++) {
      await using daemon = await Daemon.start(config);
      // Half of them die while they take back what the one before has left, half when the state has moved on.
      const look = random() < 0.5 ? async () => (await filesBelow(place.path)).length : () => savedBy(place);
      const before = await look();
      await daemon.waitFor(async () => (await look()) !== before, 'a change');
      await pause(random() * 300); // the moment of the kill, not a wait for anything
      await daemon.kill9();
      progress.push(await savedBy(place));
    }
    const { code, stderr } = await runOnce(config);

    t.diagnostic(`progress at the kills: ${progress.join(' ')}`);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /may come twice|cut off/);
    for (const [name, suffix] of Object.entries({ gzip: '.gz', zstd: '.zst', one: '.gz' })) {
      const outputs = await outputsBelow(join(place.path, name));
      assert.equal(outputs.length, name === 'one' ? 1 : KEYS);
      checkLines(outputs, name);
      await checkFiles(join(place.path, name), outputs, suffix);
    }
  },
);

/** How far the state is: the number of the entry in the journal, in hexadecimal digits. */
async function savedBy(place: Place): Promise<string> {
  const cursor = await place.cursor('gzip').catch(() => undefined);
  return /;i=(\w+)/.exec(cursor ?? '')?.[1] ?? '-';
}

/** Each entry once, and in order within each output. */
function checkLines(outputs: readonly Output[], name: string): void {
  const sequences = outputs.map(({ lines }) => sequenceOf(lines.map((line) => JSON.parse(line) as JsonLine)));
  const all = sequences.flat().sort((a, b) => a - b);
  assert.deepEqual(checkSequence(all, ENTRIES), complete, name);
  for (const sequence of sequences) {
    assert.deepEqual(
      sequence,
      [...sequence].sort((a, b) => a - b),
      name,
    );
  }
}

/** Nothing but outputs and compressed files is left, and `verify` finds each chain whole. */
async function checkFiles(folder: string, outputs: readonly Output[], suffix: string): Promise<void> {
  const strays = (await filesBelow(folder)).filter((path) => !path.endsWith('.jsonl') && !path.endsWith(suffix));
  assert.deepEqual(strays, []);
  const paths = outputs.flatMap(({ files }) => files);
  assert.ok(paths.length > outputs.length * 3, `only ${paths.length} files`);
  let said = '';
  const stream = { write: (text: string) => (said += text) };
  assert.equal(await verify({ paths, key: undefined, state: undefined }, { out: stream, err: stream }), 0, said);
  assert.doesNotMatch(said, /is not here/);
}

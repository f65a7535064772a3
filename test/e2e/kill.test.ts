import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { childrenOf, isRunning, readersOf } from '../integration/processes.ts';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { randomFrom } from '../support/entries.ts';
import { parseExport, valueOf } from '../support/export-stream.ts';
import { Journald } from '../support/journald.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, LineCounter, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { until } from '../support/until.ts';

const execute = promisify(execFile);

const ENTRIES = 20_000;
const KILLS = 30;
/** So many entries at most come on average between two kills. */
const STEP = Math.floor((ENTRIES / KILLS) * 1.4);
/** Seconds that a save may come late on a machine that is busy with other things. */
const LATE = 2;

const senders = { a: {}, b: { format: 'journald' }, c: { extra_field_values: { site: 'x' } } };

/** Where a sender stood when the daemon was killed: numbers of entries, -1 for nothing yet. */
interface Seam {
  readonly saved: number;
  readonly written: number;
}

test('30 kills at random moments cost nothing, and nothing is there twice', { timeout: 300_000 }, async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const random = randomFrom(30);
  await using place = await Place.make();
  const journal = await cachedJournal({ count: ENTRIES });
  const numbers = await numbersByCursor(journal);
  // small queues: or all would be shipped before the second kill
  const reader = { journal_path: journal, msg_buffer_max_length: 25 };
  const config = place.config({ reader, senders });
  const seams = new Map<string, Seam[]>(Object.keys(senders).map((name) => [name, []]));

  for (let kill = 0; kill < KILLS; kill++) {
    const leftBehind = await runAndKill(place, config, random);
    for (const pid of leftBehind) {
      await until(async () => !(await isRunning(pid)), { what: 'the end of its journalctl' });
    }
    for (const [name, list] of seams) list.push(await seamOf(place, name, numbers));
  }
  const { code, stderr } = await runOnce(config);

  assert.equal(code, 0, stderr);
  for (const name of seams.keys()) {
    const sequence = sequenceOf(await readJsonLines(place.output(name)));
    assert.deepEqual(checkSequence(sequence, ENTRIES), { missing: [], duplicates: 0, seams: [], skips: [] }, name);
  }
  assert.deepEqual(
    (await readdir(place.path)).filter((name) => name.endsWith('.undo')),
    [],
  );
  const interrupted = [...seams.values()].flat().filter(({ saved, written }) => written > saved);
  t.diagnostic(`${interrupted.length} of ${3 * KILLS} kills came between a write and a save`);
  assert.notEqual(interrupted.length, 0, 'no kill met a sender between a write and a save: the test tests nothing');
});

for (const { title, prepare } of [
  { title: 'it waited for entries', prepare: () => undefined },
  { title: 'it was stopped and could not have noticed', prepare: (pid: number) => process.kill(pid, 'SIGSTOP') },
]) {
  test(`no journalctl outlives a daemon that was killed while ${title}`, async (t) => {
    if (!need(t, 'private journald')) return;
    await using place = await Place.make();
    await using journald = await Journald.start();
    const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
    await using daemon = await Daemon.start(place.config(), { inside });
    await journald.write({ MESSAGE: 'm' });
    const counter = new LineCounter(place.output());
    await daemon.waitFor(async () => (await counter.count()) > 0, 'the first line');
    const children = await readersOf(daemon.pid);
    assert.equal(children.length, 1);
    prepare(children[0]!);

    await daemon.kill9();

    await until(async () => !(await isRunning(children[0]!)), { what: 'the end of journalctl' });
  });
}

/** Runs the daemon, kills it somewhere on its way, and tells which children it left. */
async function runAndKill(place: Place, config: object, random: () => number): Promise<number[]> {
  const counter = new LineCounter(place.output('b'));
  const goal = (await counter.count()) + Math.floor(random() * STEP);
  const isEarly = random() < 0.15; // before it has read anything, perhaps before it has begun
  await using daemon = await Daemon.start(config);
  const deadline = performance.now() + random() * 100;
  await daemon.waitFor(
    async () => (isEarly ? performance.now() > deadline : (await counter.count()) >= goal),
    'the moment to be killed',
  );
  const children = await childrenOf(daemon.pid);
  await daemon.kill9();
  return children;
}

/** What the state file and the output file said when the daemon was gone. */
async function seamOf(place: Place, sender: string, numbers: ReadonlyMap<string, number>): Promise<Seam> {
  const sequence = sequenceOf(await readJsonLines(place.output(sender)));
  const written = sequence.at(-1) ?? -1;
  const saved = await savedNumber(place, sender, numbers);
  assert.ok(saved <= written, `${sender}: the state file is ahead of the file (${saved} > ${written})`);
  if (saved < written) await assertFresh(place, sender);
  return { saved, written };
}

async function savedNumber(place: Place, sender: string, numbers: ReadonlyMap<string, number>): Promise<number> {
  const cursor = await place.cursor(sender).catch(() => null); // killed before the first save
  return cursor === null || cursor === undefined ? -1 : numbers.get(cursor)!;
}

/** The bound on what has to be taken back: what was acknowledged since the last save, which is at most one interval ago. */
async function assertFresh(place: Place, sender: string): Promise<void> {
  const saved = await stat(place.statePath).catch(() => undefined);
  const { mtimeMs } = await stat(place.output(sender));
  if (saved === undefined) return;
  const lag = (mtimeMs - saved.mtimeMs) / 1000;
  assert.ok(lag <= 1 + LATE, `${sender}: the state file is ${lag} s behind the output file`);
}

async function numbersByCursor(directory: string): Promise<Map<string, number>> {
  const options = { encoding: 'buffer', maxBuffer: 1 << 28 } as const;
  const { stdout } = await execute('journalctl', ['-D', directory, '-o', 'export', '--output-fields=SEQ'], options);
  const entries = parseExport(stdout);
  return new Map(entries.map((fields) => [valueOf(fields, '__CURSOR')!, Number(valueOf(fields, 'SEQ'))]));
}

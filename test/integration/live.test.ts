import assert from 'node:assert/strict';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommandLine } from '../support/child.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { generateEntries } from '../support/entries.ts';
import { buildJournal } from '../support/journal-builder.ts';
import type { JournalFields } from '../support/journal-socket.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { openFiles, readersOf } from './processes.ts';
import { Place } from './place.ts';

const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** A daemon beside a journald of its own, and a count of the numbered entries that were written. */
class Bed implements AsyncDisposable {
  readonly place: Place;
  readonly journald: Journald;
  written = 0;

  private constructor(place: Place, journald: Journald) {
    this.place = place;
    this.journald = journald;
  }

  static async make(conf: readonly string[] = []): Promise<Bed> {
    return new Bed(await Place.make(), await Journald.start({ conf }));
  }

  readonly inside = (...line: CommandLine): CommandLine => this.journald.commandLine(...line);

  run(config: object): Promise<Daemon> {
    return Daemon.start(config, { inside: this.inside });
  }

  async write(count: number, fields: JournalFields = {}): Promise<void> {
    const first = this.written;
    this.written += count;
    await this.journald.writeAll(
      Array.from({ length: count }, (_, n) => ({ MESSAGE: `m ${'x'.repeat(200)}`, SEQ: first + n, ...fields })),
    );
    await this.journald.sync();
  }

  async numbers(sender?: string): Promise<number[]> {
    return sequenceOf(await readJsonLines(this.place.output(sender)));
  }

  /** Waits until the last entry that was written has come out. */
  async arrived(daemon: Daemon, sender?: string): Promise<void> {
    await daemon.waitFor(
      async () => (await this.numbers(sender)).at(-1) === this.written - 1,
      `entry ${this.written - 1}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.journald.stop();
    await this.place[Symbol.asyncDispose]();
  }
}

test('entries come in order while the journal rotates and is vacuumed, by one journalctl, without a leak', async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make();
  await using daemon = await bed.run(bed.place.config());
  await bed.write(10);
  await bed.arrived(daemon);
  const [children, files] = [await readersOf(daemon.pid), await openFiles(daemon.pid)];

  for (let n = 0; n < 8; n++) {
    await bed.write(150);
    await bed.journald.rotate();
    await bed.write(50);
    await bed.arrived(daemon); // or the vacuum would take what is not read yet
    await bed.journald.vacuum(2);
  }

  assert.deepEqual(checkSequence(await bed.numbers(), bed.written), complete);
  assert.deepEqual(await readersOf(daemon.pid), children);
  await daemon.waitFor(async () => (await openFiles(daemon.pid)) <= files + 2, 'no descriptor for each rotation');
  const { code, stderr } = await daemon.stop();
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /WARN|ERROR/);
});

test('a journald that is killed and started again, or restarted in order, costs nothing', async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make();
  await using daemon = await bed.run(bed.place.config());

  for (const end of ['kill', 'restart', 'kill', 'restart']) {
    await bed.write(100);
    if (end === 'kill') await bed.journald.kill9();
    await bed.journald.restart();
    await bed.write(100);
    await bed.arrived(daemon);
  }

  assert.deepEqual(checkSequence(await bed.numbers(), bed.written), complete);
});

test('a journal directory that does not exist yet, then is empty, is waited for and then read', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = join(place.path, 'later/journal');
  await using daemon = await Daemon.start(place.config({ reader: { journal_path } }));
  await daemon.waitForLog(/no journal files in .*later\/journal yet; waiting for them/);
  await mkdir(journal_path, { recursive: true });
  await buildJournal(join(place.path, 'built'), generateEntries({ count: 300 }));

  await rename(join(place.path, 'built/system.journal'), join(journal_path, 'system.journal'));

  const numbers = async () => sequenceOf(await readJsonLines(place.output()));
  await daemon.waitFor(async () => (await numbers()).length === 300, 'all entries');
  assert.deepEqual(checkSequence(await numbers(), 300), complete);
  const { stderr } = await daemon.stop();
  assert.equal(stderr.match(/waiting for them/g)?.length, 1);
});

test('old boots are shipped when following, and so is what comes', async (t) => {
  if (!need(t, 'private journald', 'systemd-journal-remote')) return;
  await using bed = await Bed.make();
  const past = [...generateEntries({ count: 300, boots: 3 })];
  const fields = (each: (typeof past)[number]) =>
    each.fields.map((field) =>
      field[0] === '_MACHINE_ID' ? (['_MACHINE_ID', bed.journald.machineId] as const) : field,
    );
  await buildJournal(
    join(bed.place.path, 'built'),
    past.map((each) => ({ ...each, fields: fields(each) })),
  );
  await rename(join(bed.place.path, 'built/system.journal'), join(bed.journald.directory, 'system@old.journal'));
  bed.written = 300;
  await using daemon = await bed.run(bed.place.config());
  await bed.arrived(daemon);

  await bed.write(50);
  await bed.arrived(daemon);

  assert.deepEqual(checkSequence(await bed.numbers(), 350), complete);
});

test('tail ships what comes after the start, also what came while the daemon was down before the first entry', async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make();
  await bed.write(20);
  const config = bed.place.config({ reader: { initial_position: 'tail' } });
  await using first = await bed.run(config);
  await first.waitForLog(/started/);
  await first.kill9(); // nothing was shipped yet, but the place is known

  await bed.write(20);
  await using second = await bed.run(config);
  await bed.arrived(second);

  assert.deepEqual(
    await bed.numbers(),
    Array.from({ length: 20 }, (_, n) => 20 + n),
  );
});

test('an integer is seconds after the boot', async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make();
  await bed.write(10);
  const upSeconds = Number(process.hrtime.bigint()) / 1e9;
  const senders = { out: {} };
  const config = (initial_position: number) =>
    bed.place.config({ reader: { initial_position }, senders, top: { json_state_file_path: null } });

  const all = await runOnce(config(Math.floor(upSeconds) - 100), { inside: bed.inside });
  const before = (await bed.numbers()).length;
  const none = await runOnce(config(Math.ceil(upSeconds) + 1000), { inside: bed.inside });

  assert.deepEqual([all.code, none.code], [0, 0]);
  assert.deepEqual([before, (await bed.numbers()).length], [10, 10]);
});

test('a namespace is read alone, and may begin after the daemon', async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make();
  const config = bed.place.config({ reader: { journal_namespace: 'web' } });
  await using daemon = await bed.run(config);
  await daemon.waitForLog(/no journal files in .*\.web or .*\.web yet; waiting/);
  await bed.write(5);
  const web = await bed.journald.namespace('web');

  await web.write([{ MESSAGE: 'in the namespace', SEQ: 1000 }]);
  await daemon.waitFor(async () => (await bed.numbers()).includes(1000), 'the entry of the namespace');

  assert.deepEqual(await bed.numbers(), [1000]);
  assert.equal((await daemon.stop()).code, 0);
});

test('a namespace that ends because it is idle, and begins again, goes on', async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make();
  const web = await bed.journald.namespace('web');
  await using daemon = await bed.run(bed.place.config({ reader: { journal_namespace: 'web' } }));

  for (const SEQ of [0, 1, 2]) {
    await web.write([{ MESSAGE: 'm', SEQ }]);
    await daemon.waitFor(async () => (await bed.numbers()).includes(SEQ), `entry ${SEQ}`);
    await web.restart();
  }

  assert.deepEqual(checkSequence(await bed.numbers(), 3), complete);
});

test('--once ends at the end as it was, though the journal grows all the time', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make();
  await bed.write(2000);
  const over = new AbortController();
  const flood = (async () => {
    while (!over.signal.aborted) await bed.write(50);
  })();

  const { code, stderr } = await runOnce(bed.place.config(), { inside: bed.inside });
  over.abort();
  await flood;

  assert.equal(code, 0, stderr);
  const numbers = await bed.numbers();
  assert.ok(numbers.length >= 2000);
  assert.deepEqual(checkSequence(numbers, numbers.length), complete);
});

test('RUNTIME_ONLY reads the runtime journal, SYSTEM the system journal', async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await Bed.make(['Storage=volatile']);
  await bed.write(10);
  const flags = [['RUNTIME_ONLY'], ['SYSTEM'], ['LOCAL_ONLY']];

  for (const [n, journal_flags] of flags.entries()) {
    const senders = { [`s${n}`]: {} };
    const config = bed.place.config({ reader: { journal_flags }, senders });
    await using daemon = await bed.run(config);
    await bed.arrived(daemon, `s${n}`);
    assert.deepEqual(checkSequence(await bed.numbers(`s${n}`), 10), complete, String(journal_flags));
  }
});

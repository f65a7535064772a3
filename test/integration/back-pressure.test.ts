import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, LineCounter, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { readersOf, cpuSeconds, openFiles, residentBytes } from './processes.ts';
import { Place } from './place.ts';

const complete = { missing: [], duplicates: 0, seams: [], skips: [] };
const MIB = 1 << 20;

/** A sender that cannot write until its folder is made. */
function stuckConfig(place: Place, reader: object, top: object = {}) {
  const folder = join(place.path, 'later');
  const file_output = join(folder, 'out.jsonl');
  const config = place.config({
    reader: { msg_buffer_max_length: 500, ...reader },
    senders: { out: { file_output } },
    top: { isolation_timeout: 0.5, ...top },
  });
  return { config, file_output, heal: () => mkdir(folder) };
}

test(
  'journalctl is stopped when its entries find no taker, and reading goes on where it was',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const { config, file_output, heal } = stuckConfig(place, { journal_path: await cachedJournal({ count: 20_000 }) });
    await using daemon = await Daemon.start(config);
    await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 1, 'journalctl');

    await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 0, 'the end of journalctl');
    const [memory, files, cpu] = [
      await residentBytes(daemon.pid),
      await openFiles(daemon.pid),
      await cpuSeconds(daemon.pid),
    ];
    await heal();
    const lines = await waitForLines(file_output, 20_000);

    assert.ok(memory < 150 * MIB, `${memory / MIB} MiB`);
    assert.ok(files < 40, `${files} files`);
    assert.ok(cpu < 3, `${cpu} s`);
    assert.deepEqual(checkSequence(sequenceOf(lines), 20_000), complete);
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /journalctl ended/);
  },
);

test('while one waits, the stop is not delayed and nothing is lost', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: 20_000 }) };
  const { config, file_output, heal } = stuckConfig(place, reader, { shutdown_timeout: 0.2 });
  {
    await using daemon = await Daemon.start(config);
    await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 1, 'journalctl');
    await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 0, 'the end of journalctl');
    const began = performance.now();
    assert.equal((await daemon.stop()).code, 0);
    assert.ok(performance.now() - began < 9000);
  }

  await heal();
  await using daemon = await Daemon.start(config);

  assert.deepEqual(checkSequence(sequenceOf(await waitForLines(file_output, 20_000)), 20_000), complete);
  await daemon.stop();
});

test(
  'entries that are vacuumed meanwhile are a gap of a known size, the others come in order',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'private journald')) return;
    await using place = await Place.make();
    await using journald = await Journald.start();
    const { config, file_output, heal } = stuckConfig(place, {});
    const inside = (...line: CommandLine) => journald.commandLine(...line);
    const write = async (from: number, count: number) => {
      await journald.writeAll(Array.from({ length: count }, (_, n) => ({ MESSAGE: 'x'.repeat(300), SEQ: from + n })));
      await journald.sync();
    };
    await write(0, 3000);
    await using daemon = await Daemon.start(config, { inside });
    await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 1, 'journalctl');
    await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 0, 'the end of journalctl');

    await journald.rotate();
    await write(3000, 1000);
    await journald.rotate();
    await journald.vacuum(2); // which takes the first 3000
    await write(4000, 100);
    await heal();
    const numbers = async () => sequenceOf(await readJsonLines(file_output));
    await daemon.waitFor(async () => (await numbers()).at(-1) === 4099, 'the last entry');

    const { missing, duplicates, seams, skips } = checkSequence(await numbers(), 4100);
    assert.deepEqual({ duplicates, seams }, { duplicates: 0, seams: [] });
    assert.equal(skips.length, 1);
    assert.ok(missing.length > 1000, `${missing.length} are missing: it had read too much already`);
    assert.deepEqual([missing[0], missing.at(-1)], [skips[0]!.from + 1, 2999]);
    const told = await daemon.waitForLog(/ERROR sys: (\d+) entries between \S+ and \S+ can no longer be read/);
    const count = Number(/(\d+) entries/.exec(told)![1]);
    const { code } = await daemon.stop();
    assert.equal(code, 0);
    const gaps = (await place.state()).readers['sys']?.gaps as { entries: number }[];
    assert.deepEqual([gaps.length, gaps[0]!.entries], [1, count]);
    // journald's own entries about the rotation and the like are among those that are gone
    assert.ok(count >= missing.length && count < missing.length + 20, `${count} told, ${missing.length} missing`);
  },
);

// journalctl that waits for less than isolation_timeout skips what is vacuumed in that time and says nothing; only the
// sequence numbers in the cursors could show it
test('a vacuum under a journalctl that waits for a moment only is a gap, too', async (t) => {
  if (!need(t, 'private journald')) return;
  await using place = await Place.make();
  await using journald = await Journald.start();
  const { config, file_output, heal } = stuckConfig(place, {}, { isolation_timeout: 60 });
  const inside = (...line: CommandLine) => journald.commandLine(...line);
  const numbered = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ MESSAGE: 'x'.repeat(300), SEQ: from + n }));
  await journald.writeAll(numbered(0, 3000));
  await journald.sync();
  await using daemon = await Daemon.start(config, { inside });
  await daemon.waitForLog(/started/);
  await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 1, 'journalctl');
  await journald.rotate();
  await journald.writeAll(numbered(3000, 100));
  await journald.rotate();
  await journald.vacuum(1);
  await journald.writeAll(numbered(3100, 100));
  await heal();
  const numbers = async () => sequenceOf(await readJsonLines(file_output));
  await daemon.waitFor(async () => (await numbers()).at(-1) === 3199, 'the last entry');

  const { missing } = checkSequence(await numbers(), 3200);
  if (missing.length > 0) await daemon.waitForLog(/entries between \S+ and \S+ can no longer be read/);
});

test('a journal of huge entries does not grow the memory with its size', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = await cachedJournal({ count: 20, hugeEvery: 1, hugeBytes: 3 * MIB });
  const senders = { a: {}, b: { format: 'journald', max_entry_bytes: 8 * MIB }, c: { max_entry_bytes: 8 * MIB } };
  await using daemon = await Daemon.start(place.config({ reader: { journal_path }, senders }));
  const counter = new LineCounter(place.output('c'));
  let peak = 0;

  await daemon.waitFor(async () => {
    peak = Math.max(peak, await residentBytes(daemon.pid));
    return (await counter.count()) === 20;
  }, 'all entries');

  t.diagnostic(`peak of ${Math.round(peak / MIB)} MiB`);
  assert.ok(peak < 300 * MIB, `${peak / MIB} MiB`);
  await daemon.stop();
});

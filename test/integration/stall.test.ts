import assert from 'node:assert/strict';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { generateEntries } from '../support/entries.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { Place } from './place.ts';
import { isRunning, readersOf } from './processes.ts';

const complete = { missing: [], duplicates: 0, seams: [], skips: [] };
const top = { stall_check_interval: 0.5 };

/** A daemon that follows a journald of its own, with its one journalctl and numbered entries. */
async function makeBed(reader: object = {}) {
  const place = await Place.make();
  const journald = await Journald.start();
  const inside = (...line: CommandLine) => journald.commandLine(...line);
  const numbers = async () => sequenceOf(await readJsonLines(place.output()));
  let written = 0;
  return {
    journald,
    numbers,
    start: () => Daemon.start(place.config({ reader, top }), { inside }),
    write: async (count: number) => {
      await journald.writeAll(
        Array.from({ length: count }, (_, n) => ({ MESSAGE: 'm', PRIORITY: 6, SEQ: written + n })),
      );
      await journald.sync();
      written += count;
    },
    arrived: (daemon: Daemon) =>
      daemon.waitFor(async () => (await numbers()).at(-1) === written - 1, `entry ${written - 1}`),
    isComplete: async () => {
      assert.deepEqual(checkSequence(await numbers(), written), complete);
    },
    [Symbol.asyncDispose]: async () => {
      await journald.stop();
      await place[Symbol.asyncDispose]();
    },
  };
}

async function readerOf(daemon: Daemon): Promise<number> {
  return daemon.waitFor(async () => (await readersOf(daemon.pid))[0], 'a journalctl that follows');
}

for (const { title, before, reader } of [
  { title: 'after entries', before: 10, reader: {} },
  { title: 'before the first entry, from the head on', before: 0, reader: { units_to_match: [] } },
  { title: 'before the first entry, from the tail on', before: 0, reader: { initial_position: 'tail' } },
  { title: 'with a selection', before: 10, reader: { min_priority: 6 } },
]) {
  test(`a journalctl that hangs ${title} is killed, and everything comes once`, { timeout: 180_000 }, async (t) => {
    if (!need(t, 'private journald')) return;
    await using bed = await makeBed(reader);
    await using daemon = await bed.start();
    const reading = await readerOf(daemon);
    await bed.write(before);
    if (before > 0) await bed.arrived(daemon);
    process.kill(reading, 'SIGSTOP');

    await bed.write(50);
    await bed.arrived(daemon);
    await bed.write(50);
    await bed.arrived(daemon);

    await bed.isComplete();
    assert.notEqual(await readerOf(daemon), reading);
    await daemon.waitFor(async () => !(await isRunning(reading)), 'the end of the one that hung');
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0);
    assert.equal(
      stderr.match(/WARN {2}sys: journalctl has given nothing for \d+ s, though there are entries/g)?.length,
      1,
    );
    assert.doesNotMatch(stderr, /ERROR/);
  });
}

test('a journal in which nothing is logged is left alone', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'private journald')) return;
  await using bed = await makeBed();
  await using daemon = await bed.start();
  await bed.write(10);
  await bed.arrived(daemon);
  const reading = await readerOf(daemon);
  const began = performance.now();

  await daemon.waitFor(() => performance.now() - began > 4000, 'several probes');
  await bed.write(10);
  await bed.arrived(daemon);

  assert.equal(await readerOf(daemon), reading);
  await bed.isComplete();
  assert.doesNotMatch((await daemon.stop()).stderr, /WARN|ERROR/);
});

// not every journalctl that runs already looks into directories that come later (systemd#35235)
test('the directory of another machine that comes while following is read', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'private journald', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = join(place.path, 'journal');
  await buildJournal(journal_path, generateEntries({ count: 100, boots: 1 }));
  const config = place.config({ reader: { journal_path }, top });
  await using daemon = await Daemon.start(config);
  const numbers = async () => sequenceOf(await readJsonLines(place.output()));
  await daemon.waitFor(async () => (await numbers()).length === 100, 'the first entries');
  const later = [...generateEntries({ count: 200, boots: 1 })].slice(100);
  await buildJournal(join(place.path, 'built'), later);

  const machine = join(journal_path, '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d');
  await mkdir(join(place.path, 'machine'));
  await rename(join(place.path, 'built/system.journal'), join(place.path, 'machine/system.journal'));
  await rename(join(place.path, 'machine'), machine);

  await daemon.waitFor(async () => (await numbers()).length >= 200, 'the entries of the other machine');
  assert.deepEqual(checkSequence(await numbers(), 200), complete);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { childrenOf } from '../integration/processes.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { generateEntries } from '../support/entries.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';

const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** CPU seconds of a daemon, of its children that have ended, and of those that run. */
async function treeSeconds(pid: number): Promise<number> {
  const times = async (id: number, last: number) => {
    const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, last).reduce((sum, ticks) => sum + Number(ticks), 0) / 100; // utime, stime, cutime, cstime
  };
  const children = await Promise.all((await childrenOf(pid)).map((child) => times(child, 13)));
  return (await times(pid, 15)) + children.reduce((sum, seconds) => sum + seconds, 0);
}

test(
  'files that are truncated, overwritten or deleted under it, and a new journald, cost neither later entries nor CPU',
  { timeout: 240_000 },
  async (t) => {
    if (!need(t, 'private journald')) return;
    await using place = await Place.make();
    await using journald = await Journald.start();
    const inside = (...line: CommandLine) => journald.commandLine(...line);
    const write = async (from: number, count: number) => {
      await journald.writeAll(Array.from({ length: count }, (_, n) => ({ MESSAGE: 'x'.repeat(300), SEQ: from + n })));
      await journald.sync();
    };
    const numbers = async () => sequenceOf(await readJsonLines(place.output()));
    await using daemon = await Daemon.start(place.config({ top: { stall_check_interval: 1 } }), { inside });
    for (let n = 0; n < 4; n++) {
      await write(n * 100, 100);
      await journald.rotate();
    }
    await daemon.waitFor(async () => (await numbers()).at(-1) === 399, 'entry 399');
    const archived = (await readdir(journald.directory)).filter((name) => name.includes('@')).sort();
    const [cut, garbage, gone] = archived.map((name) => join(journald.directory, name));

    await truncate(cut!, 5000);
    await writeFile(garbage!, randomBytes(50_000));
    await rm(gone!);
    const [cpu, began] = [await treeSeconds(daemon.pid), performance.now()];
    await write(400, 100);
    await daemon.waitFor(async () => (await numbers()).at(-1) === 499, 'entry 499');
    await journald.restart();
    await write(500, 100);
    await daemon.waitFor(async () => (await numbers()).at(-1) === 599, 'entry 599');
    await daemon.waitFor(() => performance.now() - began > 5000, 'five seconds of trouble');

    const used = (await treeSeconds(daemon.pid)) - cpu;
    t.diagnostic(`${used.toFixed(2)} CPU seconds in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    assert.ok(used < 1.5, `${used} CPU seconds`);
    assert.deepEqual(checkSequence(await numbers(), 600), complete);
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0);
    assert.ok(stderr.split('\n').length < 12, stderr);

    await using again = await Daemon.start(place.config(), { inside });
    await write(600, 10);
    await again.waitFor(async () => (await numbers()).at(-1) === 609, 'entry 609');
    assert.deepEqual(checkSequence(await numbers(), 610), complete);
    assert.doesNotMatch((await again.stop()).stderr, /ERROR/, 'what was shipped before it broke is no gap');
  },
);

test('entries whose clock was set back come all, in order, and are no gap', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = join(place.path, 'journal');
  const entries = [...generateEntries({ count: 1000, boots: 1 })];
  const back = entries.map((entry, n) =>
    n < 500 ? entry : { ...entry, realtimeUs: Number(entry.realtimeUs) - 3_600_000_000 },
  );
  await buildJournal(journal_path, back);
  const config = place.config({ reader: { journal_path } });

  const first = await runOnce(config);
  const again = await runOnce(config);

  assert.deepEqual([first.code, again.code], [0, 0], first.stderr);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output())), 1000), complete);
  assert.equal((await place.state()).readers['sys']!.gaps, undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readersOf } from '../integration/processes.ts';
import { Place } from '../integration/place.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';

const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** Runs the command line with so many file descriptors at most. */
const withFiles =
  (limit: number) =>
  (...line: CommandLine): CommandLine => ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh', ...line];

test(
  'with too few file descriptors it says so or does its work, but dies of nothing',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    const journal_path = await cachedJournal({ count: 500 });
    const outcomes = []; // below 22 Node itself does not start

    for (const limit of [23, 26, 27, 28, 29, 30, 34]) {
      await using place = await Place.make();
      await using daemon = await Daemon.start(place.config({ reader: { journal_path } }), { inside: withFiles(limit) });
      const isDone = async () => (await readJsonLines(place.output())).length === 500;
      const isTold = () => /EMFILE|too many/i.test(daemon.stderr);
      const ended = daemon.end.then(() => 'ended' as const);
      const outcome = await Promise.race([
        ended,
        daemon.waitFor(async () => (await isDone()) || isTold(), 'an outcome').catch(() => 'ended'),
      ]);
      if (outcome === 'ended') assert.match(daemon.stderr, /EMFILE|too many|out of file/i, `${limit} files`);
      outcomes.push(`${limit}: ${outcome === 'ended' ? 'ended' : (await isDone()) ? 'done' : 'told'}`);
      const { signal } = await daemon.stop();
      assert.equal(signal, null, `${limit} files: ${daemon.stderr}`);
    }
    t.diagnostic(outcomes.join(', '));
  },
);

test(
  'twenty readers share a journal, each with a journalctl of its own, and end together',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const journal_path = await cachedJournal({ count: 500 });
    const names = Array.from({ length: 20 }, (_, n) => `r${n}`);
    const readers = Object.fromEntries(
      names.map((name) => [
        name,
        { journal_path, senders: { out: { output_type: 'file', file_output: place.output(name) } } },
      ]),
    );
    await using daemon = await Daemon.start({ json_state_file_path: place.statePath, readers });
    for (const name of names) await waitForLines(place.output(name), 500);
    assert.equal((await readersOf(daemon.pid)).length, 20);

    const { code } = await daemon.stop();

    assert.equal(code, 0);
    for (const name of names) {
      assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output(name))), 500), complete);
    }
  },
);

import assert from 'node:assert/strict';
import { chmod, chown, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cpuSeconds } from '../integration/processes.ts';
import { Place } from '../integration/place.ts';
import { asNobody, NOBODY } from '../support/as-nobody.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { until } from '../support/until.ts';

const COUNT = 500;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** A place that nobody may write to, with a journal of `mode`. */
async function makePlace(mode: number): Promise<{ place: Place; journal: string }> {
  const place = await Place.make();
  const journal = join(place.path, 'journal');
  await cp(await cachedJournal({ count: COUNT }), journal, { recursive: true });
  await chmod(place.path, 0o755);
  await chown(place.path, NOBODY, NOBODY);
  await chmod(join(journal, 'system.journal'), mode);
  return { place, journal };
}

test(
  'without the right to read the journal it names the group, calmly, and reads once it may',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return;
    const { place, journal } = await makePlace(0o600);
    await using _ = place;
    await using daemon = await Daemon.start(place.config({ reader: { journal_path: journal } }), { inside: asNobody });

    await daemon.waitForLog(/ERROR .*systemd-journal/);
    const began = performance.now();
    await until(() => performance.now() - began > 6000, { what: 'six seconds', deadlineMs: 10_000 });
    const cpu = await cpuSeconds(daemon.pid);
    const during = daemon.stderr;
    await chmod(join(journal, 'system.journal'), 0o644);
    const lines = await waitForLines(place.output(), COUNT);

    assert.ok(cpu < 1.5, `${cpu} s of CPU time`);
    assert.match(
      during,
      /may not read .*\/journal\/system\.journal; run journalbridge as a user in the group systemd-journal/,
    );
    assert.equal(during.match(/ ERROR /g)?.length, 1, during);
    assert.deepEqual(checkSequence(sequenceOf(lines), COUNT), complete);
    assert.equal((await daemon.stop()).code, 0);
  },
);

test('with --once that is a failure', async (t) => {
  if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return;
  const { place, journal } = await makePlace(0o600);
  await using _ = place;

  await using daemon = await Daemon.start(place.config({ reader: { journal_path: journal } }), {
    inside: asNobody,
    once: true,
  });
  const { code, stderr } = await daemon.end;

  assert.equal(code, 1, stderr);
  assert.match(stderr, /systemd-journal/);
  assert.doesNotMatch(stderr, /\n {4}at /);
});

test('a folder of journals that may not be looked into is told in the same way', async (t) => {
  if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return;
  const { place, journal } = await makePlace(0o644);
  await using _ = place;
  await chmod(journal, 0o700);

  await using daemon = await Daemon.start(place.config({ reader: { journal_path: journal } }), { inside: asNobody });
  await daemon.waitForLog(/ERROR .*may not read .*\/journal; .*systemd-journal/);

  assert.equal((await daemon.stop()).code, 0);
});

test('a journal of which some files may not be read is read as far as may be, and that is told', async (t) => {
  if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return;
  const { place, journal } = await makePlace(0o644);
  await using _ = place;
  await cp(join(await cachedJournal({ count: 501, seed: 9 }), 'system.journal'), join(journal, 'user-7.journal'));
  await chmod(join(journal, 'user-7.journal'), 0o600);

  await using daemon = await Daemon.start(place.config({ reader: { journal_path: journal } }), {
    inside: asNobody,
    once: true,
  });
  const { code, stderr } = await daemon.end;

  assert.equal(code, 0, stderr);
  assert.match(stderr, /ERROR .*may not read .*user-7\.journal/);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output())), COUNT), complete);
});

test('a state file that may not be read is refused with what to do', async (t) => {
  if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return;
  const { place, journal } = await makePlace(0o644);
  await using _ = place;
  await writeFile(place.statePath, '{"readers":{}}', { mode: 0o600 });

  await using daemon = await Daemon.start(place.config({ reader: { journal_path: journal } }), { inside: asNobody });
  const { code, stderr } = await daemon.end;

  assert.equal(code, 78);
  assert.match(stderr, /ERROR the state file .* cannot be read: .*EACCES.*; check its owner and mode/);
});

test('a file or folder that may not be written to is told with the remedy', async (t) => {
  if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return;
  const { place, journal } = await makePlace(0o644);
  await using _ = place;
  await mkdir(join(place.path, 'closed'), { mode: 0o755 });
  await writeFile(place.output('file'), '', { mode: 0o644 });
  const senders = { file: {}, folder: { file_output: join(place.path, 'closed/out.jsonl') } };

  await using daemon = await Daemon.start(place.config({ reader: { journal_path: journal }, senders }), {
    inside: asNobody,
  });
  await daemon.waitForLog(/sys\.file: cannot write to .*this process may not write there; check the owner and mode/);
  await daemon.waitForLog(/sys\.folder: cannot write to .*this process may not write there/);
  await chmod(place.output('file'), 0o666);
  await chown(join(place.path, 'closed'), NOBODY, NOBODY); // one that all may write to would not be trusted

  for (const path of [place.output('file'), join(place.path, 'closed/out.jsonl')]) {
    assert.deepEqual(checkSequence(sequenceOf(await waitForLines(path, COUNT)), COUNT), complete);
  }
});

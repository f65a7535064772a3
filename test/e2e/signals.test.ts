import assert from 'node:assert/strict';
import { copyFile, link, readdir, readFile, readlink, rename, stat, truncate, unlink } from 'node:fs/promises';
import { test } from 'node:test';
import { childrenOf, isRunning } from '../integration/processes.ts';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, LineCounter, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';

const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} sends what was read, saves the state and ends well: the next run repeats nothing`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const reader = { journal_path: await cachedJournal({ count: 20_000 }), msg_buffer_max_length: 200 };
    const config = place.config({ reader, senders: { a: {}, b: { format: 'journald' } } });
    const counter = new LineCounter(place.output('b'));
    const ends = [];

    for (let n = 1; n <= 3; n++) {
      await using daemon = await Daemon.start(config);
      const goal = (await counter.count()) + 2000;
      await daemon.waitFor(async () => (await counter.count()) >= goal, 'two thousand lines more');
      const children = await childrenOf(daemon.pid);
      daemon.signal(signal);
      const { code, stderr } = await daemon.end;
      ends.push(code);
      assert.match(stderr, /stopped\./);
      for (const pid of children) assert.ok(!(await isRunning(pid)), 'journalctl is still there');
      for (const name of ['a', 'b']) {
        assert.equal((await place.state()).readers['sys']?.senders[name]?.sent.count, await lineCount(place, name));
      }
    }
    const { code } = await runOnce(config);

    assert.deepEqual([...ends, code], [0, 0, 0, 0]);
    for (const name of ['a', 'b']) {
      assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output(name))), 20_000), complete, name);
    }
  });
}

const lineCount = async (place: Place, name: string) => new LineCounter(place.output(name)).count();

test('a sender that is stuck holds up the end no longer than shutdown_timeout, and loses nothing', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const file_output = `${place.path}/later/out.jsonl`;
  const senders = { good: {}, stuck: { file_output } };
  const reader = { journal_path: await cachedJournal({ count: 500 }) };
  const config = place.config({ reader, senders, top: { shutdown_timeout: 1 } });
  await using daemon = await Daemon.start(config);
  await daemon.waitForLog(/stuck: cannot write to/);
  await waitForLines(place.output('good'), 500);
  const began = performance.now();

  const { code } = await daemon.stop();

  const seconds = (performance.now() - began) / 1000;
  assert.equal(code, 0);
  assert.ok(seconds >= 0.9 && seconds < 8, String(seconds));
  assert.equal(await place.cursor('stuck'), null);
  const again = place.config({ reader, senders: { ...senders, stuck: { file_output, create_directories: true } } });
  assert.equal((await runOnce(again)).code, 0);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(file_output)), 500), complete);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output('good'))), 500), complete);
});

test('a second SIGTERM ends at once', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: 500 }) };
  const senders = { good: {}, stuck: { file_output: `${place.path}/later/out.jsonl` } };
  await using daemon = await Daemon.start(place.config({ reader, senders, top: { shutdown_timeout: 600 } }));
  await waitForLines(place.output('good'), 500);
  daemon.signal('SIGTERM');
  await daemon.waitForLog(/stopping: sending what was read/);

  daemon.signal('SIGTERM');
  const { code, signal } = await daemon.end;

  assert.deepEqual({ code, signal }, { code: 1, signal: null });
});

test('SIGTERM at any moment of the start ends it soon and well', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: 500 }) };
  const config = place.config({ reader });

  for (let n = 0; n < 15; n++) {
    await using daemon = await Daemon.start(config);
    const began = performance.now();
    const moment = 60 + n * 12;
    await daemon.waitFor(() => performance.now() - began > moment, 'the moment');
    const { code, signal, stderr } = await daemon.stop();
    // before Node has come to our code it dies of the signal
    assert.ok(code === 0 || signal === 'SIGTERM', `${moment} ms: ${String(code)} ${stderr}`);
    assert.ok(performance.now() - began < moment + 9000, `${moment} ms: took ${performance.now() - began} ms`);
  }
});

test('SIGTERM while it waits for a journal that is not there ends it at once', async () => {
  await using place = await Place.make();
  await using daemon = await Daemon.start(place.config({ reader: { journal_path: `${place.path}/later` } }));
  await daemon.waitForLog(/waiting for them/);
  const began = performance.now();

  const { code } = await daemon.stop();

  assert.equal(code, 0);
  assert.ok(performance.now() - began < 9000);
});

async function waitForEntry(daemon: Daemon, path: string, seq: number): Promise<void> {
  const wanted = `"SEQ": "${seq}"`;
  await daemon.waitFor(async () => (await readFile(path, 'utf8').catch(() => '')).includes(wanted), wanted);
}

test('logrotate by renaming, with and without SIGHUP, and by copytruncate: no line is lost or torn', async (t) => {
  if (!need(t, 'private journald')) return;
  await using place = await Place.make();
  await using journald = await Journald.start();
  const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
  await using daemon = await Daemon.start(place.config(), { inside });
  const path = place.output();
  let next = 0;
  const more = async () => {
    for (let n = 0; n < 50; n++) await journald.write({ MESSAGE: 'm', SEQ: next++ });
    await waitForEntry(daemon, path, next - 1);
  };

  await more();
  await rename(path, `${path}.1`);
  await more();
  await rename(path, `${path}.2`);
  daemon.signal('SIGHUP');
  await more();
  await copyFile(path, `${path}.3`);
  await truncate(path);
  await more();
  await daemon.stop();

  const lines = [];
  for (const end of ['.1', '.2', '.3', '']) lines.push(...(await readJsonLines(path + end)));
  assert.deepEqual(checkSequence(sequenceOf(lines), 200), complete);
  assert.equal((await stat(path)).mode & 0o777, 0o640);
});

test('SIGHUP has a file opened anew that looks like the one that is open', async (t) => {
  if (!need(t, 'private journald')) return;
  await using place = await Place.make();
  await using journald = await Journald.start();
  const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
  await using daemon = await Daemon.start(place.config(), { inside });
  const path = place.output();
  const ship = async (SEQ: number) => {
    await journald.write({ MESSAGE: 'm', SEQ });
    await waitForEntry(daemon, path, SEQ);
  };
  await ship(0);
  // Another name of the same file takes the place of its name: only who opens it anew has it open by a name that is there.
  await link(path, `${path}.1`);
  await unlink(path);
  await link(`${path}.1`, path);
  await ship(1);
  const before = await openPaths(daemon.pid, path);

  daemon.signal('SIGHUP');
  await ship(2);
  await daemon.waitFor(async () => (await openPaths(daemon.pid, path)).includes(path), 'the file opened anew');

  assert.deepEqual(before, [`${path} (deleted)`]);
  assert.deepEqual(await openPaths(daemon.pid, path), [path]);
});

/** The files that a process has open at this path, as the kernel names them. */
async function openPaths(pid: number, path: string): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
  return links.filter((link) => link === path || link === `${path} (deleted)`);
}

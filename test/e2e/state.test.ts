import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { parseExport, valueOf } from '../support/export-stream.ts';
import { Journald } from '../support/journald.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';

const execute = promisify(execFile);
const COUNT = 500;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

async function cursorsOf(directory: string): Promise<string[]> {
  const options = { encoding: 'buffer', maxBuffer: 1 << 28 } as const;
  const { stdout } = await execute('journalctl', ['-D', directory, '-o', 'export', '--output-fields=SEQ'], options);
  return parseExport(stdout).map((fields) => valueOf(fields, '__CURSOR')!);
}

/** A state file as journalpump writes it, with its four spaces and sorted keys. */
function journalpumpState(senders: Readonly<Record<string, string | null>>): string {
  const entries = Object.entries(senders).map(([name, cursor]) => [
    name,
    {
      buffer: { current_queue: 3, cursor: null, entry_num: 17, total_size: 4711 },
      health: { elapsed: 1.5, errors: [], status: 'connected' },
      sent: { bytes: 12_345, count: 14, cursor },
      type: 'FileSender',
    },
  ]);
  const sys = {
    cursor: null,
    searches: { s: 12 },
    senders: Object.fromEntries(entries) as object,
    total_bytes: 5,
    total_lines: 17,
  };
  return JSON.stringify({ readers: { sys }, start_time: '2026-11-20T23:10:05.123456' }, undefined, 4);
}

for (const { title, make } of [
  { title: 'empty', make: (path: string) => writeFile(path, '') },
  { title: 'cut short', make: (path: string) => writeFile(path, '{"readers": {"sys": {"senders": {') },
  { title: 'a directory', make: (path: string) => mkdir(path) },
  { title: 'of something else', make: (path: string) => writeFile(path, '{"cursor": "x"}') },
]) {
  test(`a state file that is ${title} keeps it from starting, and nothing is touched`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    await make(place.statePath);
    const before = await stat(place.statePath);

    const { code, stderr } = await runOnce(
      place.config({ reader: { journal_path: await cachedJournal({ count: COUNT }) } }),
    );

    assert.equal(code, 78);
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.length, 1, stderr);
    assert.match(
      lines[0]!,
      /ERROR the state file .*state\.json (cannot be used|cannot be read): .*(move the file away|owner and mode)/,
    );
    assert.deepEqual(await readdir(place.path), ['state.json']);
    const after = await stat(place.statePath);
    assert.deepEqual([after.size, after.mtimeMs], [before.size, before.mtimeMs]);
  });
}

test('a state file that cannot be written keeps it from starting', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: COUNT }) };
  const json_state_file_path = join(place.path, 'nowhere/state.json');

  const { code, stderr } = await runOnce(place.config({ reader, top: { json_state_file_path } }));

  assert.equal(code, 78);
  assert.match(
    stderr,
    /ERROR cannot write the state file .*nowhere\/state\.json: .*directory must be there and writable/,
  );
  assert.deepEqual(await readdir(place.path), [], 'entries were shipped that would be shipped again');
});

test('when the state cannot be saved any more it goes on, says so once, and catches up', async (t) => {
  if (!need(t, 'private journald')) return;
  await using place = await Place.make();
  await using journald = await Journald.start();
  const folder = join(place.path, 'state');
  await mkdir(folder);
  const json_state_file_path = join(folder, 'state.json');
  const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
  const config = place.config({ top: { json_state_file_path, state_save_interval: 0.05 } });
  await using daemon = await Daemon.start(config, { inside });
  await journald.write({ MESSAGE: 'm', SEQ: 0 });
  await waitForLines(place.output(), 1);

  await rename(folder, `${folder}-away`);
  for (const SEQ of range(1, 6)) {
    await journald.write({ MESSAGE: 'm', SEQ });
    const has = async () => sequenceOf(await readJsonLines(place.output())).includes(SEQ);
    await daemon.waitFor(has, `entry ${SEQ}`);
  }
  await daemon.waitForLog(/cannot write the state file/);
  await rename(`${folder}-away`, folder);
  const last = (await journald.journalctl('-o', 'export', '-n', '1')).toString();
  const cursor = /^__CURSOR=(.*)$/m.exec(last)![1]!;
  await daemon.waitFor(async () => (await readFile(json_state_file_path, 'utf8')).includes(cursor), 'the next save');
  const { code, stderr } = await daemon.stop();

  assert.equal(code, 0);
  assert.equal(stderr.match(/cannot write the state file/g)?.length, 1, stderr);
});

test('a last save that fails is told and shown by exit code 1, not as a fault of the config', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const folder = join(place.path, 'state');
  await mkdir(folder);
  const top = { json_state_file_path: join(folder, 'state.json'), state_save_interval: 0.05 };
  const reader = { journal_path: await cachedJournal({ count: COUNT }) };
  await using daemon = await Daemon.start(place.config({ reader, top }));
  await waitForLines(place.output(), COUNT);
  await rename(folder, `${folder}-away`);

  const { code, stderr } = await daemon.stop();

  assert.equal(code, 1);
  assert.match(stderr, /ERROR cannot write the state file .*; the next run begins at the last state saved/);
});

test("each sender of journalpump's state file goes on at its own place", async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = await cachedJournal({ count: COUNT });
  const cursors = await cursorsOf(journal_path);
  // z: the one that journalpump would have taken for all
  await writeFile(place.statePath, journalpumpState({ a: cursors[99]!, b: null, z: cursors[399]!, gone: cursors[7]! }));
  const senders = { a: {}, b: {}, z: { format: 'journald' }, late: {} };

  const { code, stderr } = await runOnce(place.config({ reader: { journal_path }, senders }));

  assert.equal(code, 0, stderr);
  const numbers = async (name: string) => sequenceOf(await readJsonLines(place.output(name)));
  assert.deepEqual(await numbers('a'), range(100, COUNT));
  assert.deepEqual(await numbers('b'), range(0, COUNT));
  assert.deepEqual(await numbers('z'), range(400, COUNT));
  assert.deepEqual(await numbers('late'), range(0, COUNT));
  const { senders: stored, ...reader } = (await place.state()).readers['sys']!;
  assert.deepEqual(stored['a']!.sent.count, 14 + 400);
  assert.equal(stored['gone']!.sent.cursor, cursors[7], 'what the config no longer has is kept');
  assert.ok('searches' in reader);
  for (const name of ['a', 'b', 'z', 'late']) assert.equal(stored[name]!.sent.cursor, cursors.at(-1));
});

test('a sender that is added later begins by initial_position, the others where they were', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: COUNT }) };
  await runOnce(place.config({ reader, senders: { old: {} } }));
  const senders = { old: {}, later: {} };

  const tail = await runOnce(place.config({ reader: { ...reader, initial_position: 'tail' }, senders }));
  const kept = await runOnce(place.config({ reader: { ...reader, initial_position: 'head' }, senders }));

  assert.deepEqual([tail.code, kept.code], [0, 0]);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output('old'))), COUNT), complete);
  // "tail" was decided once; to change the word later changes nothing
  assert.deepEqual(await readJsonLines(place.output('later')), []);
});

const id = '0123456789abcdef0123456789abcdef';
for (const { title, cursor } of [
  { title: 'some text', cursor: 'somewhere in the middle' },
  { title: 'cut short', cursor: `s=${id};i=12;b=01` },
  { title: 'refused by journalctl alone', cursor: `s=${id};i=1f;b=${id};m=4e;t=647484627dd38;x=zz` },
]) {
  for (const position of ['head', 'tail'] as const) {
    test(`a cursor that is ${title} is told once, and ${position} is begun at`, async (t) => {
      if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
      await using place = await Place.make();
      await writeFile(place.statePath, journalpumpState({ out: cursor }));
      const reader = { journal_path: await cachedJournal({ count: COUNT }), initial_position: position };

      const { code, stderr } = await runOnce(place.config({ reader }));

      assert.equal(code, 0, stderr);
      assert.equal(stderr.match(/ERROR/g)?.length, 1, stderr);
      assert.match(stderr, /initial_position/);
      const numbers = sequenceOf(await readJsonLines(place.output()));
      assert.deepEqual(numbers, position === 'head' ? range(0, COUNT) : []);
    });
  }
}

test('a cursor of a journal that was replaced is a gap, told in the log and kept in the state', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const cursor = `s=${id};i=c8;b=${id};m=4e;t=${(1_600_000_000_000_000).toString(16)};x=1`;
  await writeFile(place.statePath, journalpumpState({ out: cursor }));

  const { code, stderr } = await runOnce(
    place.config({ reader: { journal_path: await cachedJournal({ count: COUNT }) } }),
  );

  assert.equal(code, 0);
  assert.match(stderr, /ERROR sys: entries between 2020-09-13T\S+ and 2026-01-01T\S+ can no longer be read/);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output())), COUNT), complete);
  assert.equal((await place.state()).readers['sys']?.gaps?.length, 1);
});

test('two senders with different places are both counted once in the summary', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = await cachedJournal({ count: COUNT });
  const cursors = await cursorsOf(journal_path);
  await writeFile(place.statePath, journalpumpState({ a: cursors[99]!, b: cursors[299]! }));

  const { code, stdout } = await runOnce(place.config({ reader: { journal_path }, senders: { a: {}, b: {} } }));

  assert.equal(code, 0);
  assert.match(stdout, /^sys: 400 entries in .*; delivered: a 400, b 200\n$/);
});

test('the state is for its owner only', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();

  await runOnce(place.config({ reader: { journal_path: await cachedJournal({ count: COUNT }) } }));

  assert.equal((await stat(place.statePath)).mode & 0o777, 0o600);
  assert.equal((await stat(place.output())).mode & 0o777, 0o640);
});

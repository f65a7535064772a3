import assert from 'node:assert/strict';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { residentBytes } from '../integration/processes.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { Tmpfs } from '../support/tmpfs.ts';

const COUNT = 500;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

test('a second daemon on a state file refuses with who has it, also by another name and with --once', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: COUNT }) };
  const link = join(place.path, 'link.json');
  await symlink('state.json', link);
  await using first = await Daemon.start(place.config({ reader }));
  await waitForLines(place.output(), COUNT);

  await using second = await Daemon.start(place.config({ reader, senders: { other: {} } }));
  const ends = [
    await second.end,
    await runOnce(place.config({ reader, senders: { other: {} }, top: { json_state_file_path: link } })),
  ];

  for (const { code, stderr } of ends) {
    assert.equal(code, 1, stderr);
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.length, 1, stderr);
    assert.match(lines[0]!, new RegExp(`ERROR the state file .*\\.json is in use .*process ${first.pid}\\b`));
  }
  assert.deepEqual(await readJsonLines(place.output('other')), []);
  assert.equal((await first.stop()).code, 0);
});

test('the lock of a daemon that was killed holds up nobody', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const config = place.config({ reader: { journal_path: await cachedJournal({ count: COUNT }) } });
  await using first = await Daemon.start(config);
  await waitForLines(place.output(), COUNT);
  await first.kill9();

  const { code, stderr } = await runOnce(config);

  assert.equal(code, 0, stderr);
});

for (const { title, spoil, heal, reason } of [
  {
    title: 'full',
    spoil: (disk: Tmpfs) => disk.fill(),
    heal: (disk: Tmpfs) => disk.free(),
    reason: /ENOSPC/,
  },
  {
    title: 'read-only',
    spoil: (disk: Tmpfs) => disk.setReadOnly(true),
    heal: (disk: Tmpfs) => disk.setReadOnly(false),
    reason: /EROFS/,
  },
]) {
  test(`while the state's disk is ${title}, shipping goes on; it is told once, and made up for`, async (t) => {
    if (!need(t, 'private journald', 'tmpfs')) return;
    await using place = await Place.make();
    await using disk = await Tmpfs.mount(64 * 1024);
    await using journald = await Journald.start(); // after the disk: or it would not be seen from inside
    const json_state_file_path = join(disk.path, 'state.json');
    const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
    const config = place.config({ top: { json_state_file_path, state_save_interval: 0.05 } });
    await using daemon = await Daemon.start(config, { inside });
    let next = 0;
    const ship = async (count: number): Promise<void> => {
      await journald.writeAll(Array.from({ length: count }, () => ({ MESSAGE: 'm', SEQ: next++ })));
      const last = `"SEQ": "${next - 1}"`;
      await daemon.waitFor(async () => (await readFile(place.output(), 'utf8').catch(() => '')).includes(last), last);
    };
    await ship(1);

    await spoil(disk);
    await ship(1);
    await daemon.waitForLog(/cannot write the state file/);
    const before = await residentBytes(daemon.pid);
    await ship(20_000);
    const grown = (await residentBytes(daemon.pid)) - before;
    await heal(disk);
    const last = /^__CURSOR=(.*)$/m.exec((await journald.journalctl('-o', 'export', '-n', '1')).toString())![1]!;
    await daemon.waitFor(async () => (await readFile(json_state_file_path, 'utf8')).includes(last), 'the save', 5000);
    await daemon.waitForLog(/the state file is saved again/);
    await spoil(disk);
    await ship(1);
    const { code, stderr } = await daemon.stop();
    await heal(disk);

    assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output())), next), complete);
    assert.ok(grown < 40 * 2 ** 20, `${grown} bytes more`);
    const told = stderr.match(/.*ERROR cannot write the state file.*/g) ?? [];
    assert.match(told[0] ?? '', reason);
    assert.match(told.at(-1) ?? '', /the next run begins at the last state saved/);
    assert.equal(told.length, 2, stderr); // within 30 s: the first one, and that of the stop
    assert.equal(code, 1);
  });
}

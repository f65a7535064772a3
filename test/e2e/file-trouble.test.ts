import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFiles } from '../integration/processes.ts';
import { Place } from '../integration/place.ts';
import { Daemon } from '../support/daemon.ts';
import type { CommandLine } from '../support/child.ts';
import { Journald } from '../support/journald.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { Tmpfs } from '../support/tmpfs.ts';

const COUNT = 3000;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };
const errorsIn = (stderr: string) => stderr.split('\n').filter((line) => line.includes(' ERROR '));

/** Runs the command line under a umask, as a unit with UMask= would. */
const underUmask =
  (umask: string) =>
  (...line: CommandLine): CommandLine => ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...line];

/** Gives a sender in trouble the time for several tries; that it says nothing more is what is looked for. */
async function waitForLongTrouble(daemon: Daemon): Promise<void> {
  const began = performance.now();
  await daemon.waitFor(() => performance.now() - began > 3000, 'three seconds of trouble');
}

for (const { title, hurt, heal, complaint } of [
  {
    title: 'directory is missing',
    hurt: () => Promise.resolve(),
    heal: (folder: string) => mkdir(folder),
    complaint: /its directory does not exist; create it, or set "create_directories"/,
  },
  {
    title: 'path is a directory',
    hurt: (folder: string) => mkdir(join(folder, 'out.jsonl'), { recursive: true }),
    heal: (folder: string) => rename(join(folder, 'out.jsonl'), join(folder, 'away')),
    complaint: /it is a directory; "file_output" must name a file/,
  },
  {
    title: 'file is no file of lines',
    hurt: async (folder: string) => {
      await mkdir(folder);
      await writeFile(join(folder, 'out.jsonl'), 'MZ');
    },
    heal: (folder: string) => rename(join(folder, 'out.jsonl'), join(folder, 'away')),
    complaint: /does not begin like JSON lines: it is left alone/,
  },
]) {
  test(`when its ${title} a sender says so once, and delivers all when it is healed`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const folder = join(place.path, 'sub');
    const file_output = join(folder, 'out.jsonl');
    await hurt(folder);
    const reader = { journal_path: await cachedJournal({ count: COUNT }) };
    await using daemon = await Daemon.start(place.config({ reader, senders: { out: { file_output } } }));
    await daemon.waitForLog(complaint);
    await waitForLongTrouble(daemon);
    const files = await openFiles(daemon.pid);

    await heal(folder);
    const lines = await waitForLines(file_output, COUNT);

    assert.deepEqual(checkSequence(sequenceOf(lines), COUNT), complete);
    await daemon.waitForLog(/sys\.out: delivers again\./);
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0);
    assert.equal(errorsIn(stderr).length, 1, stderr);
    assert.ok(files < 40, `${files} files are open`);
  });
}

test('a directory that vanishes and comes back costs nothing', async (t) => {
  if (!need(t, 'private journald')) return;
  await using place = await Place.make();
  await using journald = await Journald.start();
  const folder = join(place.path, 'sub');
  await mkdir(folder);
  const file_output = join(folder, 'out.jsonl');
  const inside = (...line: CommandLine) => journald.commandLine(...line);
  await using daemon = await Daemon.start(place.config({ senders: { out: { file_output } } }), { inside });
  const wait = async (path: string, SEQ: number) =>
    daemon.waitFor(async () => sequenceOf(await readJsonLines(path)).includes(SEQ), `entry ${SEQ}`);
  await journald.write({ MESSAGE: 'm', SEQ: 0 });
  await wait(file_output, 0);

  await rename(folder, `${folder}-away`);
  await journald.write({ MESSAGE: 'm', SEQ: 1 });
  await daemon.waitForLog(/cannot write to .*its directory does not exist/);
  await journald.write({ MESSAGE: 'm', SEQ: 2 });
  await mkdir(folder);
  await wait(file_output, 2);

  const lines = [...(await readJsonLines(`${folder}-away/out.jsonl`)), ...(await readJsonLines(file_output))];
  assert.deepEqual(checkSequence(sequenceOf(lines), 3), complete);
});

test(
  'a full disk stops nothing but its sender, leaves whole lines, and loses nothing',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'tmpfs', 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    await using disk = await Tmpfs.mount(16 << 20);
    const file_output = join(disk.path, 'out.jsonl');
    await disk.fill();
    await disk.free();
    await writeFile(join(disk.path, 'other'), Buffer.alloc(15 << 20)); // leaves room for some of it
    const reader = { journal_path: await cachedJournal({ count: COUNT }) };
    await using daemon = await Daemon.start(place.config({ reader, senders: { out: { file_output } } }));

    await daemon.waitForLog(/cannot write to .*: the disk is full; free some space/);
    await waitForLongTrouble(daemon);
    const before = await readFile(file_output, 'utf8');
    await writeFile(join(disk.path, 'other'), '');
    const lines = await waitForLines(file_output, COUNT);

    assert.ok(before === '' || before.endsWith('}\n'), 'a torn line was left');
    assert.deepEqual(checkSequence(sequenceOf(lines), COUNT), complete);
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0);
    assert.equal(errorsIn(stderr).length, 1, stderr);
  },
);

test('a full disk under the state file too: shipping goes on elsewhere, the state is whole in the end', async (t) => {
  if (!need(t, 'tmpfs', 'private journald')) return;
  await using place = await Place.make();
  await using disk = await Tmpfs.mount(1 << 20);
  await using journald = await Journald.start();
  const json_state_file_path = join(disk.path, 'state.json');
  const inside = (...line: CommandLine) => journald.commandLine(...line);
  const config = place.config({ top: { json_state_file_path, state_save_interval: 0.05 } });
  await using daemon = await Daemon.start(config, { inside });
  const wait = async (SEQ: number) =>
    daemon.waitFor(async () => sequenceOf(await readJsonLines(place.output())).includes(SEQ), `entry ${SEQ}`);
  await journald.write({ MESSAGE: 'm', SEQ: 0 });
  await wait(0);

  let last = 0;
  const isTold = async () => {
    await disk.fill(); // a save that was under way has given back the room of the state before it
    await journald.write({ MESSAGE: 'm', SEQ: ++last });
    await wait(last);
    return /cannot write the state file .*ENOSPC/.test(daemon.stderr);
  };
  await daemon.waitFor(isTold, 'the trouble on stderr');
  const during = JSON.parse(await readFile(json_state_file_path, 'utf8')) as object;
  await disk.free();
  const { code } = await daemon.stop();

  assert.equal(code, 0);
  assert.ok('readers' in during);
});

for (const umask of ['000', '077', '777']) {
  test(`under the umask ${umask} the files have the modes that were asked for`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const reader = { journal_path: await cachedJournal({ count: 500 }) };
    const file_output = join(place.path, 'made/by/it/out.jsonl');
    const senders = { a: {}, b: { file_mode: '0600' }, c: { file_output, create_directories: true } };

    await using daemon = await Daemon.start(place.config({ reader, senders }), {
      once: true,
      inside: underUmask(umask),
    });
    const { code, stderr } = await daemon.end;

    assert.equal(code, 0, stderr);
    const modes = await Promise.all(
      [place.output('a'), place.output('b'), file_output, place.statePath].map(
        async (path) => (await stat(path)).mode & 0o777,
      ),
    );
    assert.deepEqual(modes, [0o640, 0o600, 0o640, 0o600]);
  });
}

test('a torn last line is repaired and told at the start', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: 500 }) };
  await writeFile(place.output(), '{"SEQ": "-1"}\n{"SEQ": "0", "MESSA');
  await chmod(place.output(), 0o600);

  await using daemon = await Daemon.start(place.config({ reader }), { once: true });
  const { code, stderr } = await daemon.end;

  assert.equal(code, 0, stderr);
  assert.match(stderr, /WARN {2}sys\.out: .*out\.jsonl ended in the middle of a line; its last 19 bytes were cut off/);
  const [first, ...rest] = sequenceOf(await readJsonLines(place.output()));
  assert.equal(first, -1);
  assert.deepEqual(checkSequence(rest, 500), complete);
});

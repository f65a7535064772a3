import assert from 'node:assert/strict';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { Daemon } from '../support/daemon.ts';
import { buildKeyedJournal } from '../support/keyed-journal.ts';
import { checkSequence } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { numbersIn, outputsBelow } from '../support/outputs.ts';

const KEYS = 2000;
const ENTRIES = 3 * KEYS;
const MAX_OPEN = 64;
/** So many files are worked on at a time, beyond those that stay open; where one is made, its directory is open as well. */
const AT_WORK = 32;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** What a process has open: files below the folder, and all else. */
async function openIn(pid: number, folder: string): Promise<{ inside: number; others: number }> {
  const fds = await readdir(`/proc/${pid}/fd`);
  const paths = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const inside = paths.filter((path) => path.startsWith(`${folder}/`)).length;
  return { inside, others: paths.length - inside };
}

for (const { fsync, rotate } of [
  { fsync: 'batch', rotate: undefined },
  { fsync: 'interval', rotate: { max_bytes: 500, compress: 'zstd' } },
]) {
  test(
    `two thousand files keep the descriptors bounded, and none is left over (fsync: ${fsync})`,
    { timeout: 300_000 },
    async (t) => {
      if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
      await using place = await Place.make();
      const [journal_path, folder] = [join(place.path, 'journal'), join(place.path, 'out')];
      await buildKeyedJournal(journal_path, { count: ENTRIES, keyOf: (n) => `key-${(n * 7) % KEYS}` });
      const more = { create_directories: true, fsync, fsync_interval: 0.05, max_open_files: MAX_OPEN };
      const file_output = join(folder, '{KEY}/o.jsonl');
      const senders = { out: { file_output, ...more, ...(rotate && { rotate }) } };
      const reader = { journal_path, msg_buffer_max_length: 500 };
      await using daemon = await Daemon.start(place.config({ reader, senders }));
      let most = 0;

      await daemon.waitFor(
        async () => {
          most = Math.max(most, (await openIn(daemon.pid, folder)).inside);
          return (await place.state().catch(() => undefined))?.readers['sys']?.senders['out']?.sent.count === ENTRIES;
        },
        'all entries',
        180_000,
      );
      const { inside, others } = await openIn(daemon.pid, folder);
      const { code, stderr } = await daemon.stop();

      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, / WARN | ERROR /);
      assert.ok(most > MAX_OPEN / 2, `no more than ${most} were open: nothing was looked at`);
      assert.ok(most <= MAX_OPEN + 2 * AT_WORK + 2, `${most} files were open at a time`);
      assert.ok(inside <= MAX_OPEN + 4, `${inside} files stay open`); // the ledger, and what is being compressed
      assert.ok(others < 45, `${others} other files are open`);
      const outputs = await outputsBelow(folder);
      assert.deepEqual(checkSequence(numbersIn(outputs), ENTRIES), complete);
      assert.equal(outputs.length, KEYS);
    },
  );
}

test('what is made has the owner, the group and the modes that were asked for: new, rotated and compressed', async (t) => {
  if (!need(t, 'mount namespaces', 'journalctl', 'systemd-journal-remote')) return; // root, that is
  await using place = await Place.make();
  const [journal_path, folder] = [join(place.path, 'journal'), join(place.path, 'out')];
  await buildKeyedJournal(journal_path, { count: 400, keyOf: (n) => `key-${n % 3}`, lengthOf: () => 200 });
  const modes = { file_mode: '0604', directory_mode: '0751', owner: 'nobody', group: '4242' };
  const common = { create_directories: true, rotate: { max_bytes: 10_000, compress: 'gzip' }, ...modes };
  const senders = {
    gzip: { ...common, file_output: join(folder, 'gzip/{KEY}/o.jsonl') },
    zstd: {
      ...common,
      file_output: join(folder, 'zstd/deep/o.jsonl'),
      rotate: { max_bytes: 10_000, compress: 'zstd' },
    },
    none: { ...common, file_output: join(folder, 'none/{KEY}.jsonl'), rotate: { max_bytes: 10_000 } },
  };

  await using daemon = await Daemon.start(place.config({ reader: { journal_path }, senders }), {
    once: true,
    inside: (...line) => ['sh', '-c', 'umask 077; exec "$@"', 'sh', ...line],
  });
  const { code, stderr } = await daemon.end;

  assert.equal(code, 0, stderr);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const each of found) {
    const { uid, gid, mode } = await stat(join(each.parentPath, each.name));
    const wanted = [65_534, 4242, each.isDirectory() ? 0o751 : 0o604];
    assert.deepEqual([uid, gid, mode & 0o7777], wanted, each.name);
  }
  for (const kind of [/o\.jsonl$/, /\d\.gz$/, /\d\.zst$/, /key-1\.jsonl\.\d{8}-\d{6}$/])
    assert.ok(
      found.some(({ name }) => kind.test(name)),
      `there is no ${String(kind)}`,
    );
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Gap } from '../../src/journal/gap.ts';
import { Place } from '../integration/place.ts';
import { runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';

const COUNT = 3000;
const errorsIn = (stderr: string) => stderr.split('\n').filter((line) => line.includes(' ERROR '));

async function overwrite(path: string, at: number, bytes: Buffer): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, at);
}

/** A directory with a sound journal of `COUNT` entries, and a copy of another as `bad.journal`. */
async function makeJournal(place: Place, isSoundToo = true): Promise<{ journal_path: string; bad: string }> {
  const journal_path = join(place.path, 'journal');
  await mkdir(journal_path);
  const sound = await cachedJournal({ count: COUNT });
  const [name] = await readdir(sound);
  if (isSoundToo) await copyFile(join(sound, name!), join(journal_path, 'system.journal'));
  const bad = join(journal_path, 'bad.journal');
  const other = await cachedJournal({ count: 500 });
  await copyFile(join(isSoundToo ? other : sound, name!), bad);
  return { journal_path, bad };
}

for (const { title, hurt, why, entries } of [
  {
    title: 'truncated',
    hurt: async (bad: string) => truncate(bad, (await stat(bad)).size >> 1),
    why: /is truncated, ignoring file/,
    entries: 500,
  },
  {
    title: 'garbage',
    hurt: (bad: string) => writeFile(bad, randomBytes(100_000)),
    why: /corrupted, ignoring file/,
    entries: null,
  },
  {
    title: 'of a later systemd',
    hurt: (bad: string) => overwrite(bad, 12, Buffer.from([0xff, 0xff, 0, 0])),
    why: /uses an unsupported feature, ignoring file.*a newer systemd wrote it/,
    entries: 500,
  },
]) {
  test(`a file that is ${title} is a gap, told once, and all others are shipped`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const { journal_path, bad } = await makeJournal(place);
    await hurt(bad);
    const config = place.config({ reader: { journal_path } });

    const first = await runOnce(config);
    const again = await runOnce(config);

    assert.deepEqual([first.code, again.code], [0, 0], first.stderr);
    assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output())), COUNT).missing, []);
    const [error = first.stderr, ...more] = errorsIn(first.stderr);
    assert.match(error, why);
    assert.deepEqual([more, errorsIn(again.stderr)], [[], []]);
    const [gap, ...others] = (await place.state()).readers['sys']!.gaps as Gap[];
    assert.deepEqual([gap?.kind, gap?.file, gap?.entries, others], ['unreadable_file', bad, entries, []]);
    assert.equal(gap?.from === null, entries === null);
  });
}

test('what journalctl passes over in a damaged file is a gap of a known size; what lies behind it is shipped', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const { journal_path, bad } = await makeJournal(place, false);
  await overwrite(bad, (await stat(bad)).size >> 1, randomBytes(200_000));

  const { code, stderr } = await runOnce(place.config({ reader: { journal_path } }));

  assert.equal(code, 0, stderr);
  const { missing, duplicates, seams } = checkSequence(sequenceOf(await readJsonLines(place.output())), COUNT);
  assert.ok(missing.length > 10, `${missing.length} are missing: the damage hit nothing`);
  assert.ok(missing.at(-1)! < COUNT - 1, 'nothing behind the damage was shipped');
  assert.deepEqual({ duplicates, seams }, { duplicates: 0, seams: [] });
  const [gap, ...others] = (await place.state()).readers['sys']!.gaps as Gap[];
  assert.deepEqual([gap?.kind, gap?.file, gap?.entries, others], ['damaged', bad, missing.length, []]);
  assert.match(
    errorsIn(stderr).join('\n'),
    new RegExp(`^\\S+ ERROR sys: ${missing.length} entries between .*--verify`),
  );
});

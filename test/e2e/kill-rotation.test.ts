import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { verify } from '../../src/cli/verify.ts';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { randomFrom } from '../support/entries.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';

const ENTRIES = 20_000;
const KILLS = 10;

test(
  'killed at random moments under rotation: nothing is lost, nothing is twice, the chain holds',
  { timeout: 200_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    const random = randomFrom(7);
    await using place = await Place.make();
    const reader = { journal_path: await cachedJournal({ count: ENTRIES }), msg_buffer_max_length: 50 };
    const rotate = { max_bytes: 60_000, compress: 'gzip' };
    const senders = {
      rotated: { file_output: join(place.path, 'rotated/o.jsonl'), create_directories: true, rotate, hash_chain: true },
      routed: { file_output: join(place.path, 'routed/{SYSTEMD_UNIT}.jsonl'), create_directories: true, rotate },
    };
    const config = place.config({ reader, senders });

    for (let kill = 0; kill < KILLS; kill++) {
      await using daemon = await Daemon.start(config);
      const before = (await filesIn(join(place.path, 'rotated'))).length;
      const goal = before + Math.ceil(random() * 20);
      await daemon.waitFor(async () => (await filesIn(join(place.path, 'rotated'))).length >= goal, 'some rotations');
      await daemon.kill9();
    }
    const { code, stderr } = await runOnce(config);

    assert.equal(code, 0, stderr);
    for (const name of ['rotated', 'routed']) {
      const folder = join(place.path, name);
      const texts = await Promise.all((await filesIn(folder)).map((file) => contentOf(join(folder, file))));
      const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
      const sequence = sequenceOf(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).sort(
        (a, b) => a - b,
      );
      assert.deepEqual(checkSequence(sequence, ENTRIES), { missing: [], duplicates: 0, seams: [], skips: [] }, name);
    }
    const names = await readdir(join(place.path, 'rotated'));
    assert.deepEqual(
      names.filter((name) => name !== 'o.jsonl' && !name.endsWith('.gz')),
      [],
    );
    let said = '';
    const stream = { write: (text: string) => (said += text) };
    const paths = names.map((name) => join(place.path, 'rotated', name));
    assert.equal(await verify({ paths, key: undefined, state: undefined }, { out: stream, err: stream }), 0, said);
  },
);

const filesIn = async (folder: string) =>
  (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));

async function contentOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';

const COUNT = 2000;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

for (const { title, reader, said } of [
  { title: 'holds one batch', reader: {}, said: /dead: cannot write to/ },
  { title: 'is set apart', reader: { msg_buffer_max_length: 50 }, said: /dead is set apart/ },
]) {
  test(`--once: a dead sender that ${title} delays no other; stopped then, it is a failure`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const lost = join(place.path, 'lost');
    const config = place.config({
      reader: { journal_path: await cachedJournal({ count: COUNT }), ...reader },
      senders: { one: {}, dead: { file_output: join(lost, 'dead.jsonl') }, two: {} },
      top: { isolation_timeout: 0.2, shutdown_timeout: 0.2 },
    });
    await using daemon = await Daemon.start(config, { once: true });
    const others = [place.output('one'), place.output('two')];
    await Promise.all(others.map((file) => waitForLines(file, COUNT)));
    await daemon.waitForLog(said);

    const { code, stdout } = await daemon.stop();

    assert.equal(code, 1);
    assert.match(stdout, /delivered: one 2,000, dead 0, two 2,000/);
    await mkdir(lost);
    assert.equal((await runOnce(config)).code, 0);
    for (const file of [...others, join(lost, 'dead.jsonl')]) {
      assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(file)), COUNT), complete, file);
    }
  });
}

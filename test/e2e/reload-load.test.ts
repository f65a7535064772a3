import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { childrenOf, openFiles, residentBytes } from '../integration/processes.ts';
import { Daemon } from '../support/daemon.ts';
import { randomFrom } from '../support/entries.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';

const RELOADS = 50;
const MIB = 2 ** 20;
const READERS = ['steady', 'restless', 'fickle'];

/** Writes numbered entries until it is told to end; resolves with how many there are. */
async function load(journald: Journald, over: AbortSignal): Promise<number> {
  let next = 0;
  while (!over.aborted) {
    await journald.writeAll(Array.from({ length: 100 }, () => ({ MESSAGE: 'x'.repeat(200), SEQ: next++ })));
    await delay(40);
  }
  return next;
}

/** `restless` is another one each time, `fickle` comes and goes, `steady` stays. */
function configFor(place: Place, n: number, hasFickle: boolean): object {
  const readerOf = (name: string, keys = {}) => ({
    senders: { out: { output_type: 'file', file_output: place.output(name), ...keys } },
    msg_buffer_max_length: 200,
  });
  return {
    json_state_file_path: place.statePath,
    readers: {
      steady: readerOf('steady'),
      restless: readerOf('restless', { extra_field_values: { generation: n } }),
      ...(hasFickle ? { fickle: readerOf('fickle') } : {}),
    },
  };
}

async function reportOn(place: Place, name: string, count: number) {
  return { name, ...checkSequence(sequenceOf(await readJsonLines(place.output(name))), count) };
}

test(
  '50 reloads under load: nothing is lost or out of order, what did not change sends nothing twice, nothing leaks',
  { timeout: 300_000 },
  async (t) => {
    if (!need(t, 'private journald')) return;
    const random = randomFrom(50);
    await using place = await Place.make();
    await using journald = await Journald.start();
    const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
    const configOf = (n: number, hasFickle: boolean): object => configFor(place, n, hasFickle);
    await using daemon = await Daemon.start(configOf(0, true), { inside });
    await daemon.waitForLog(/started:/);
    const over = new AbortController();
    const loading = load(journald, over.signal);
    await daemon.waitFor(async () => (await readJsonLines(place.output('fickle'))).length > 0, 'the first lines');
    const answers: string[] = [];
    const sizes: { files: number; rss: number }[] = [];

    for (let n = 1; n <= RELOADS; n++) {
      const kind = random();
      if (kind < 0.2) answers.push(await daemon.reload('{}'));
      else if (kind < 0.4) answers.push(await daemon.reload());
      else answers.push(await daemon.reload(configOf(n, random() < 0.5)));
      if (n % 10 === 0) sizes.push({ files: await openFiles(daemon.pid), rss: await residentBytes(daemon.pid) });
    }
    await daemon.reload(configOf(RELOADS + 1, true));
    over.abort();
    const count = await loading;
    const last = `"SEQ": "${count - 1}"`;
    for (const name of READERS) {
      await daemon.waitFor(async () => (await readFile(place.output(name), 'utf8')).includes(last), `${name} ${last}`);
    }
    const children = await childrenOf(daemon.pid);
    const files = await openFiles(daemon.pid);
    const { code, stderr } = await daemon.stop();

    assert.equal(code, 0, stderr);
    const reports = await Promise.all(READERS.map((name) => reportOn(place, name, count)));
    for (const { name, missing, skips } of reports)
      assert.deepEqual({ name, missing, skips }, { name, missing: [], skips: [] });
    assert.equal(reports[0]?.duplicates, 0, 'what did not change sends nothing twice');
    const refused = answers.filter((answer) => answer.includes('is not reloaded'));
    assert.ok(refused.length > 3 && refused.length < 20, String(refused.length));
    assert.equal(stderr.match(/ERROR/g)?.length, refused.length, stderr);
    assert.equal(children.length, 3, 'one journalctl for each reader');
    assert.ok(files <= sizes[0]!.files + 6, `${files} files are open: ${JSON.stringify(sizes)}`);
    assert.ok(sizes.at(-1)!.rss < sizes[0]!.rss + 30 * MIB, JSON.stringify(sizes));
    t.diagnostic(
      `${count} entries; twice: ${reports.map(({ duplicates }) => duplicates).join(', ')}; ${JSON.stringify(sizes)}`,
    );
  },
);

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StatusReport } from '../../src/cli/status/report.ts';
import { Place } from '../integration/place.ts';
import { command } from '../support/command.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { HttpDestination, httpSenderEnv as env } from '../support/http-destination.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';

const COUNT = 400;

const isEveryTenth = (line: string): boolean => line.length % 10 === 0;

async function lettersIn(path: string): Promise<{ payload: string }[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as { payload: string });
}

/** What `status` says: how many there were, and how many are left. */
async function lettersLeft(configPath: string) {
  const { stdout } = await command(['status', configPath, '--json'], env);
  const { readers } = JSON.parse(stdout) as StatusReport;
  const { dead_letters, dead_letters_left } = readers[0]!.senders[0]!;
  return [dead_letters, dead_letters_left];
}

for (const asAWhole of [false, true]) {
  test(`entries refused ${asAWhole ? 'as a whole batch' : 'by name'} are kept, and sent again when they are welcome`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    using server = await HttpDestination.start();
    server.rules.isBad = isEveryTenth;
    server.rules.asAWhole = asAWhole;
    const reader = { journal_path: await cachedJournal({ count: COUNT }) };
    const config = place.config({
      reader,
      senders: { out: server.sender },
    });
    const configPath = join(place.path, 'config.json');
    await writeFile(configPath, JSON.stringify(config));
    const path = join(place.path, 'dead-letter', 'sys.out.jsonl');

    const { code, stderr } = await runOnce(config, { env });

    assert.equal(code, 0, stderr);
    const letters = await lettersIn(path);
    assert.ok(letters.length > 10 && letters.every(({ payload }) => isEveryTenth(payload)));
    assert.equal(server.taken.length + letters.length, COUNT);
    const { dead_letters: kept, sent } = (await place.state()).readers['sys']!.senders['out']!;
    assert.deepEqual([kept.count, kept.rejected, sent.count], [letters.length, letters.length, server.taken.length]);
    assert.match(stderr, /sys\.out: \d+ entr(y|ies) refused for good .* kept in .*sys\.out\.jsonl/);

    assert.deepEqual(await lettersLeft(configPath), [letters.length, letters.length]);

    const preview = await command(['redrive', configPath, '--sender', 'out', '--dry-run'], env);
    assert.match(preview.stdout, new RegExp(`^sys\\.out: ${letters.length} dead letters would be sent`));
    assert.equal(preview.code, 0);
    const again = await command(['redrive', configPath, '--sender', 'sys.out'], env);
    assert.equal(again.code, 1, again.stderr);
    assert.match(again.stdout, new RegExp(`0 dead letters accepted, ${letters.length} refused again, 0 not sent`));
    assert.equal((await lettersIn(path)).length, letters.length);
    server.rules.isBad = () => false;
    server.taken.length = 0;
    const last = await command(['redrive', configPath, '--sender', 'out', '--reader', 'sys'], env);
    assert.equal(last.code, 0, last.stdout + last.stderr);
    assert.deepEqual(new Set(server.taken), new Set(letters.map(({ payload }) => payload)));
    assert.deepEqual(await lettersLeft(configPath), [letters.length, 0]);
    assert.match((await command(['status', configPath], env)).stdout, /refused by sys\.out: \d+, none left;/);
    assert.equal((await command(['redrive', configPath, '--sender', 'out'], env)).stdout, 'sys.out: no dead letters\n');
  });
}

test('killed in the middle of refusals, it loses neither dead letters nor others', { timeout: 180_000 }, async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  using server = await HttpDestination.start();
  server.rules.isBad = isEveryTenth;
  const reader = { journal_path: await cachedJournal({ count: COUNT }), msg_buffer_max_length: 20 };
  const config = place.config({
    reader,
    senders: { out: server.sender },
  });
  for (let n = 1; n <= 5; n++) {
    const before = server.taken.length;
    await using daemon = await Daemon.start(config, { env });
    await daemon.waitFor(() => server.taken.length > Math.min(before + 5, 2 * COUNT), 'some entries');
    await daemon.kill9();
    if (server.taken.length >= COUNT) break;
  }

  const { code, stderr } = await runOnce(config, { env });

  assert.equal(code, 0, stderr);
  const letters = await lettersIn(join(place.path, 'dead-letter', 'sys.out.jsonl'));
  const dead = new Set(letters.map(({ payload }) => payload));
  assert.equal(new Set(server.taken).size + dead.size, COUNT);
});

for (const [title, args, code, complaint] of [
  ['without a sender', [], 2, /redrive needs --sender/],
  ['with a sender that is not there', ['--sender', 'x'], 2, /no sender is named "x"; there are: sys\.out/],
  ['with a stray flag', ['--sender', 'out', '--once'], 2, /--once goes with run/],
  ['with payloads shown while sending', ['--sender', 'out', '--show-payloads'], 2, /goes with --dry-run/],
] as const) {
  test(`redrive ${title} ends with exit code ${code}`, async () => {
    await using place = await Place.make();
    const path = join(place.path, 'config.json');
    await writeFile(path, JSON.stringify(place.config()));

    const { code: ended, stderr } = await command(['redrive', path, ...args], env);

    assert.equal(ended, code);
    assert.match(stderr, complaint);
  });
}

test('redrive with a config that cannot be used, or without a state file, ends with exit code 78', async () => {
  await using place = await Place.make();
  const path = join(place.path, 'config.json');
  for (const config of [{}, { readers: { r: { senders: { out: { output_type: 'file', file_output: '/tmp/x' } } } } }]) {
    await writeFile(path, JSON.stringify(config));

    const { code, stderr } = await command(['redrive', path, '--sender', 'out'], env);

    assert.equal(code, 78, stderr);
  }
});

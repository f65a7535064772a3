import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';
import { StatsdServer } from '../support/statsd-server.ts';

const COUNT = 2000;

async function configFor(t: TestContext, statsd: object) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'statsd-daemon-'));
  t.after(() => folder.remove());
  const output = join(folder.path, 'out.jsonl');
  const senders = { out: { output_type: 'file', file_output: output } };
  const reader = { journal_path: await cachedJournal({ count: COUNT, seed: 5 }), senders };
  const config = {
    json_state_file_path: join(folder.path, 'state.json'),
    statsd,
    tags: { dc: 'a' },
    readers: { r: reader },
  };
  const shipped = async () => (await readFile(output, 'utf8')).split('\n').length - 1;
  return { config, shipped };
}

test('the daemon tells a statsd what it has read and sent, and at its end that it has stopped', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  using server = await StatsdServer.atAddress('127.0.0.1');
  const { config } = await configFor(t, { host: '127.0.0.1', port: server.port, prefix: 'jb.' });

  const { code, stderr } = await runOnce(config);

  assert.equal(code, 0, stderr);
  await server.waitForLine(`jb.journal.read_lines,dc=a,reader=r:${COUNT}|g`);
  await server.waitForLine(`jb.journal.sent_lines,dc=a,reader=r,sender=out:${COUNT}|g`);
  await server.waitForLine('jb.journal.status,dc=a,reader=r,sender=out:0|g');
  await server.waitForLine('jb.journalbridge.lag_entries,dc=a,reader=r,sender=out:0|g');
  await server.waitForLine(/^jb\.journalbridge\.rss_bytes,dc=a:\d{8,}\|g$/);
});

const dead = [{ host: '127.0.0.1', port: 9 }, { host: 'statsd.invalid', port: 8125 }, { path: '/nowhere/statsd.sock' }];

for (const statsd of dead) {
  test(`the daemon ships everything and ends in time when nobody is at ${JSON.stringify(statsd)}`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    const { config, shipped } = await configFor(t, statsd);

    const { code, stderr } = await runOnce(config);

    assert.equal(code, 0, stderr);
    assert.equal(await shipped(), COUNT);
    assert.ok(stderr.split('\n').filter((line) => line.includes('metrics')).length <= 1, stderr);
  });
}

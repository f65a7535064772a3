import assert from 'node:assert/strict';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StatusReport } from '../../src/cli/status/report.ts';
import { Place } from '../integration/place.ts';
import { command } from '../support/command.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';

const COUNT = 3000;

const runStatus = (...args: string[]) => command(['status', ...args]);

async function reportOf(path: string): Promise<StatusReport & { code: number }> {
  const { code, stdout } = await runStatus(path, '--json');
  return { code, ...(JSON.parse(stdout) as StatusReport) };
}

const senderOf = ({ readers }: StatusReport, name: string) =>
  readers.find(({ name: reader }) => reader === 'sys')?.senders.find((sender) => sender.name === name);

test('status follows a daemon: well, one sender stuck, killed, stopped', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: COUNT }) };
  const missing = join(place.path, 'missing');
  const config = place.config({ reader, senders: { out: {}, dead: { file_output: join(missing, 'x.jsonl') } } });
  const path = join(place.path, 'config.json');
  await writeFile(path, JSON.stringify(config));

  const before = await runStatus(path);
  assert.equal(before.code, 1);
  assert.match(before.stdout, /has not run with this config yet/);

  await using daemon = await Daemon.start(config);
  const isStuck = async () => {
    const report = await reportOf(path);
    const [out, dead] = [senderOf(report, 'out'), senderOf(report, 'dead')];
    return out?.sent.count === COUNT && out.lag.seconds === 0 && dead?.status === 'disconnected' ? report : undefined;
  };
  const stuck = await daemon.waitFor(isStuck, 'a status with one sender stuck');
  assert.equal(stuck.code, 1);
  assert.deepEqual([stuck.daemon.state, stuck.daemon.pid], ['running', daemon.pid]);
  assert.equal(senderOf(stuck, 'dead')!.lag.entries, COUNT);
  assert.match(senderOf(stuck, 'dead')!.last_error!.message, /its directory does not exist/);
  assert.match(stuck.problems.join('\n'), /^sys\.dead: disconnected for .*: cannot write to /);

  const updatedAt = stuck.daemon.updated_at;
  const hasBeaten = async () => (await reportOf(path)).daemon.updated_at !== updatedAt;
  await daemon.waitFor(hasBeaten, 'a file that is written again though nothing moves');

  await daemon.kill9();
  const killed = await reportOf(place.statePath);
  assert.deepEqual([killed.code, killed.daemon.state], [1, 'dead']);

  await mkdir(missing);
  assert.equal((await runOnce(config)).code, 0);
  const stopped = await reportOf(path);
  assert.equal(stopped.daemon.state, 'stopped');
  assert.equal(senderOf(stopped, 'dead')!.sent.count, COUNT);
  assert.ok(senderOf(stopped, 'dead')!.retries! > 0, 'retries of the run before');
  assert.match(senderOf(stopped, 'dead')!.last_error!.message, /its directory does not exist/);
});

test('an idle daemon is well, and does not write its state for ever', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const config = place.config({
    reader: { journal_path: await cachedJournal({ count: COUNT }), initial_position: 'tail' },
  });
  await using daemon = await Daemon.start(config);
  const isWell = async () => {
    const { code, readers } = await reportOf(place.statePath).catch(() => ({ code: -1, readers: [] }));
    return code === 0 && readers[0]?.senders[0]?.lag.seconds === 0;
  };
  await daemon.waitFor(isWell, 'a status that is well');
  const written = (await stat(place.statePath)).mtimeMs;
  const began = performance.now();

  await daemon.waitFor(() => performance.now() - began > 12_000, 'more than the beat of a daemon in trouble');

  assert.equal((await stat(place.statePath)).mtimeMs, written);
});

test('after a run to the end of an old journal nothing is late', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const config = place.config({ reader: { journal_path: await cachedJournal({ count: COUNT }) } });
  const { code, stderr } = await runOnce(config);

  const report = await reportOf(place.statePath);

  assert.equal(code, 0, stderr);
  assert.deepEqual(senderOf(report, 'out')?.lag, { seconds: 0, entries: 0 });
});

test('what cannot be used is told, with exit code 78; a wrong command line with 2', async () => {
  await using place = await Place.make();
  const damaged = join(place.path, 'config.json');
  await writeFile(place.statePath, '{"readers": {');
  await writeFile(damaged, JSON.stringify(place.config()));
  const stateless = join(place.path, 'stateless.json');
  await writeFile(stateless, JSON.stringify(place.config({ top: { json_state_file_path: undefined } })));
  const bad = join(place.path, 'bad.json');
  await writeFile(bad, JSON.stringify({ start_time: 'x', readers: { r: { cursor: '\x1b[2J', total_lines: -1 } } }));

  const results = await Promise.all([
    runStatus(damaged),
    runStatus(stateless),
    runStatus(bad),
    runStatus(join(place.path, 'none.json')),
    runStatus(damaged, '--max-lag', 'long'),
  ]);

  assert.deepEqual(
    results.map(({ code }) => code),
    [78, 78, 78, 78, 2],
  );
  const said = [
    /state file .* cannot be used: it is no valid JSON/,
    /json_state_file_path: it is missing/,
    /total_lines is no count/,
    /there is no such file/,
    /--max-lag takes/,
  ];
  results.forEach(({ stderr }, n) => {
    assert.match(stderr, said[n]!);
  });
});

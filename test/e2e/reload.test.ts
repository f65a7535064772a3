import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { childrenOf, readersOf } from '../integration/processes.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../support/lines.ts';
import { Journald } from '../support/journald.ts';
import { need } from '../support/need.ts';
import { StatsdServer } from '../support/statsd-server.ts';

const COUNT = 500;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** A config of readers by name, each with one sender whose file is named like the reader, unless it says otherwise. */
async function configOf(
  place: Place,
  readers: Record<string, { file?: string; [key: string]: unknown }>,
  top = {},
): Promise<object> {
  const journal_path = await cachedJournal({ count: COUNT });
  const made = Object.entries(readers).map(([name, { file = name, ...keys }]) => [
    name,
    { journal_path, senders: { out: { output_type: 'file', file_output: place.output(file) } }, ...keys },
  ]);
  return { json_state_file_path: place.statePath, ...top, readers: Object.fromEntries(made) as object };
}

const numbersIn = async (place: Place, name: string) => sequenceOf(await readJsonLines(place.output(name)));

test('a reader that changed begins anew from its checkpoints, the others go on as they are', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  await using daemon = await Daemon.start(await configOf(place, { same: {}, other: {}, gone: {} }));
  for (const name of ['same', 'other', 'gone']) await waitForLines(place.output(name), COUNT);
  const before = await readersOf(daemon.pid);

  const answer = await daemon.reload(await configOf(place, { same: {}, other: { min_priority: 'debug' }, fresh: {} }));

  assert.match(answer, /INFO {2}reloaded: started fresh; stopped gone; started anew other; 1 reader goes on\./);
  await waitForLines(place.output('fresh'), COUNT);
  await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 3, 'a journalctl for each reader');
  const after = await readersOf(daemon.pid);
  assert.equal(before.length, 3);
  assert.equal(before.filter((pid) => after.includes(pid)).length, 1, 'one journalctl is the same');
  const { code, stderr } = await daemon.stop();
  assert.equal(code, 0, stderr);
  for (const name of ['same', 'other', 'gone', 'fresh']) {
    assert.deepEqual(checkSequence(await numbersIn(place, name), COUNT), complete, name);
  }
  const { readers } = await place.state();
  assert.equal(readers['gone']?.senders['out']?.sent.count, COUNT, 'the state of what is gone is kept');
  assert.equal(readers['gone'].senders['out'].health.status, 'stopped');
});

test('a sender that is taken out of the config and put back goes on from its checkpoint, and gets what came meanwhile', async (t) => {
  if (!need(t, 'private journald')) return;
  await using place = await Place.make();
  await using journald = await Journald.start();
  const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
  const reader = { match_key: 'MARK', match_value: 'x' };
  const both = place.config({ reader, senders: { stays: {}, goes: {} } });
  const one = place.config({ reader, senders: { stays: {} } });
  await using daemon = await Daemon.start(both, { inside });
  const ship = async (from: number) => {
    await journald.write(...Array.from({ length: 20 }, (_, n) => ({ MESSAGE: 'm', MARK: 'x', SEQ: String(from + n) })));
    await waitForLines(place.output('stays'), from + 20);
  };
  await ship(0);
  await waitForLines(place.output('goes'), 20);

  await daemon.reload(one);
  await ship(20);
  const without = (await readJsonLines(place.output('goes'))).length;
  const { count } = (await place.state()).readers['sys']!.senders['goes']!.sent;
  await daemon.reload(both);
  await ship(40);
  await waitForLines(place.output('goes'), 60);

  assert.deepEqual([without, count], [20, 20]);
  for (const name of ['stays', 'goes']) {
    assert.deepEqual(checkSequence(await numbersIn(place, name), 60), complete, name);
  }
});

test('a config that is written otherwise and means the same changes nothing', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const sender = { output_type: 'file', file_output: place.output('r'), field_filter: 'used' };
  const config = (unused: string, type: string) => {
    const used = { type, fields: ['MESSAGE', 'SEQ'] };
    const field_filters = { unused: { type: 'exclude', fields: [unused] }, used };
    return configOf(place, { r: { senders: { out: sender } } }, { field_filters });
  };
  await using daemon = await Daemon.start(await config('a', 'include'));
  await waitForLines(place.output('r'), COUNT);
  const before = await readersOf(daemon.pid);

  const same = await daemon.reload(await config('b', 'whitelist'));
  const between = await readersOf(daemon.pid);
  const changed = await daemon.reload(await config('b', 'blacklist'));

  assert.match(same, /reloaded: 1 reader goes on\./);
  assert.deepEqual(between, before);
  assert.match(changed, /reloaded: started anew r\./);
});

test('a config with faults is refused with all of them in one line, and everything goes on', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  using statsd = await StatsdServer.atAddress('127.0.0.1');
  const top = { statsd: { host: '127.0.0.1', port: statsd.port } };
  await using daemon = await Daemon.start(await configOf(place, { r: {} }, top));
  await waitForLines(place.output('r'), COUNT);
  const before = await childrenOf(daemon.pid);

  const faulty = await daemon.reload(await configOf(place, { r: { min_priority: 'loud' } }, { log_level: 'QUIET' }));
  const broken = await daemon.reload('{"readers": ');
  const unusable = await daemon.reload(await configOf(place, { r: {} }, { ...top, journalctl_path: '/nonexistent' }));

  assert.match(
    faulty,
    /ERROR the config is not reloaded, and everything goes on as before: .*min_priority.*; log_level: /,
  );
  assert.match(broken, /ERROR the config is not reloaded.*line 1, column 13/);
  assert.match(unusable, /ERROR the config is not reloaded.*\/nonexistent/);
  assert.equal(daemon.stderr.match(/Z ERROR/g)?.length, 3, daemon.stderr);
  assert.deepEqual(await childrenOf(daemon.pid), before);
  await daemon.stop();
  await statsd.waitForLine(/journalbridge\.reloads,.*result=refused.*:3\|c/);
});

test('metrics go to another statsd with another prefix from then on, and the log changes its level', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  using first = await StatsdServer.atAddress('127.0.0.1');
  using second = await StatsdServer.atAddress('127.0.0.1');
  const to = ({ port }: StatsdServer, prefix: string) => ({ statsd: { host: '127.0.0.1', port, prefix } });
  await using daemon = await Daemon.start(await configOf(place, { r: {} }, to(first, 'one.')));
  const count = async () => (await place.state()).readers['r']?.senders['out']?.sent.count;
  await daemon.waitFor(async () => (await count().catch(() => 0)) === COUNT, 'the acknowledgement');

  await daemon.reload(await configOf(place, { r: {} }, { ...to(second, 'two.'), log_level: 'DEBUG' }));
  await second.waitForLine(/^two\.journalbridge\.reloads,.*result=applied/);
  await first.waitForLine(/^one\.journalbridge\.batches,.*:[1-9]\d*\|c$/);
  const told = first.lines.length;
  await daemon.configure(
    await configOf(place, { r: {} }, { tags: { dc: 'x' }, ...to(second, 'two.'), log_level: 'ERROR' }),
  );
  daemon.signal('SIGHUP');
  await second.waitForLine(/^two\..*dc=x/);
  const { code, stderr } = await daemon.stop();

  assert.equal(code, 0);
  assert.equal(first.lines.length, told, 'nothing went to the old one any more');
  assert.deepEqual(
    second.lines.filter((line) => /batches,.*:[1-9]/.test(line)),
    [],
    'what the old one has is not sent twice',
  );
  assert.equal(stderr.includes('stopped.'), false, 'a sentence of level INFO after the change to ERROR');
});

test('a dead destination does not hold up a reload, and nothing is lost when it is back', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const dead = join(place.path, 'later/out.jsonl');
  const senders = {
    out: { output_type: 'file', file_output: place.output('r') },
    dead: { output_type: 'file', file_output: dead },
  };
  await using daemon = await Daemon.start(await configOf(place, { r: { senders } }));
  await waitForLines(place.output('r'), COUNT);
  await daemon.waitForLog(/dead: cannot write to/);
  const began = performance.now();

  await daemon.reload(await configOf(place, { r: { senders, min_priority: 'debug' } }));

  assert.ok(performance.now() - began < 9000, 'shutdown_timeout is 10 s');
  await mkdir(join(place.path, 'later'));
  await waitForLines(dead, COUNT);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(dead)), COUNT), complete);
  assert.deepEqual(checkSequence(await numbersIn(place, 'r'), COUNT), complete);
});

test('two readers may swap their files', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  await using daemon = await Daemon.start(await configOf(place, { a: {}, b: { min_priority: 'debug' } }));
  for (const name of ['a', 'b']) await waitForLines(place.output(name), COUNT);

  await daemon.reload(await configOf(place, { a: { file: 'b' }, b: { file: 'a', min_priority: 'debug' }, c: {} }));

  await waitForLines(place.output('c'), COUNT);
  const { code, stderr } = await daemon.stop();
  assert.equal(code, 0);
  assert.equal(/ERROR|WARN/.test(stderr), false, stderr);
  for (const name of ['a', 'b']) assert.deepEqual(checkSequence(await numbersIn(place, name), COUNT), complete);
});

test('another state file takes a restart, and the log says so', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  await using daemon = await Daemon.start(await configOf(place, { r: {} }));
  await waitForLines(place.output('r'), COUNT);
  const elsewhere = join(place.path, 'elsewhere.json');

  const answer = await daemon.reload(await configOf(place, { r: {}, s: {} }, { json_state_file_path: elsewhere }));
  await waitForLines(place.output('s'), COUNT);
  await daemon.stop();

  assert.match(answer, /started s; 1 reader goes on/);
  assert.match(
    daemon.stderr,
    /WARN {2}"json_state_file_path" takes effect with a restart only; until then .*state\.json\./,
  );
  assert.equal((await place.state()).readers['s']?.senders['out']?.sent.count, COUNT);
});

test('a SIGHUP while it starts is served when it has started', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();

  for (const moment of [0, 30, 60, 90]) {
    await using daemon = await Daemon.start(await configOf(place, { r: {} }));
    await daemon.waitFor(() => takesSighup(daemon.pid), 'the handler');
    const began = performance.now();
    await daemon.waitFor(() => performance.now() - began >= moment, 'the moment');
    daemon.signal('SIGHUP');
    await daemon.waitForLog(/reloaded: 1 reader goes on/);
    assert.equal((await daemon.stop()).code, 0);
  }
});

/** Whether the process, once it has begun anew with its own settings, would not die of SIGHUP. */
async function takesSighup(pid: number): Promise<boolean> {
  // In this order: what is caught has to be that of the process that has begun anew.
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)![1]!}`);
  return commandLine.includes('--max-semi-space-size') && (caught & 1n) === 1n;
}

test('SIGTERM right after SIGHUP ends it well', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();

  for (let n = 0; n < 6; n++) {
    await using daemon = await Daemon.start(await configOf(place, { r: {}, other: {} }));
    await daemon.waitForLog(/started:/);
    await daemon.configure(await configOf(place, { r: { min_priority: n % 2 ? 'debug' : 'info' }, added: {} }));
    daemon.signal('SIGHUP');
    const began = performance.now();
    await daemon.waitFor(() => performance.now() - began > n * 10, 'the moment');
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /stopped\./);
    assert.ok(performance.now() - began < 9000, stderr);
  }
});

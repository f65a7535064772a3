import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { exitOf, leashed } from '../test/support/child.ts';
import { Place } from '../test/integration/place.ts';
import { Daemon } from '../test/support/daemon.ts';
import { cachedJournal } from '../test/support/journal-cache.ts';
import { waitForLines } from '../test/support/lines.ts';
import { need } from '../test/support/need.ts';

const main = join(import.meta.dirname, 'main.ts');

async function journalbridge(...args: string[]) {
  const [command, ...rest] = leashed(process.execPath, main, ...args);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [{ code }, stdout, stderr] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

for (const flag of ['--help', '-h']) {
  test(`${flag} prints the usage and ends well`, async () => {
    const { code, stdout, stderr } = await journalbridge(flag);

    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /^Usage:\n {2}journalbridge run CONFIG/);
  });
}

test('--help behind a sub-command tells of that one only', async () => {
  const { code, stdout } = await journalbridge('status', '--help');

  assert.equal(code, 0);
  assert.match(stdout, /^Usage:\n {2}journalbridge status CONFIG .*\n {36}.*\n {6}--json .*\n {6}--watch /);
  assert.doesNotMatch(stdout, /explain|--version/);
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string;
  };

  for (const flag of ['--version', '-V']) {
    const { code, stdout } = await journalbridge(flag);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: `journalbridge ${version}\n` });
  }
});

for (const { title, args, complaint } of [
  { title: 'nothing', args: [], complaint: 'a config file is needed' },
  { title: 'a sub-command alone', args: ['run'], complaint: 'exactly one config file is needed' },
  { title: 'two configs', args: ['run', 'a', 'b'], complaint: 'exactly one config file is needed' },
  { title: 'two configs to check', args: ['check', 'a', 'b'], complaint: 'exactly one config file is needed' },
  { title: 'an unknown sub-command', args: ['ship', 'a'], complaint: 'unknown sub-command "ship"' },
  { title: 'a bare word that is no file', args: ['frobnicate'], complaint: 'unknown sub-command "frobnicate"' },
  { title: 'a flag of another sub-command', args: ['check', '--once', 'a'], complaint: '--once goes with run' },
  { title: 'a flag of explain', args: ['run', '--json', 'a'], complaint: '--json goes with status and explain' },
  { title: 'a flag of run', args: ['explain', '--once', 'a'], complaint: '--once goes with run' },
  { title: 'a flag of explain alone', args: ['--stdin', 'a'], complaint: '--stdin goes with explain' },
  {
    title: 'no number of lines',
    args: ['explain', '--lines', 'x', 'a'],
    complaint: '--lines takes a number from 1 to',
  },
  { title: 'no lines', args: ['explain', '--lines=0', 'a'], complaint: '--lines takes a number from 1 to' },
  { title: 'too many lines', args: ['explain', '--lines=10001', 'a'], complaint: '--lines takes a number from 1 to' },
  { title: 'two places', args: ['explain', '--stdin', '--since=x', 'a'], complaint: '--since, --cursor and --stdin' },
  { title: 'no cursor', args: ['explain', '--cursor=x', 'a'], complaint: '--cursor takes the __CURSOR of an entry' },
  { title: 'an unknown flag', args: ['run', '--twice', 'a'], complaint: "Unknown option '--twice'" },
  { title: 'a misspelt flag', args: ['run', '--onec', 'a'], complaint: `'--onec'; did you mean "--once"?` },
  { title: 'a misspelt sub-command', args: ['statsu', 'a'], complaint: 'did you mean "status"?' },
  { title: 'an unknown short flag', args: ['-x', 'a'], complaint: "Unknown option '-x'" },
  { title: 'a value for a flag', args: ['run', '--once=yes', 'a'], complaint: '--once' },
]) {
  test(`${title} on the command line is answered with the usage and exit code 2`, async () => {
    const { code, stdout, stderr } = await journalbridge(...args);

    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    const [first = ''] = stderr.split('\n');
    assert.ok(first.startsWith('journalbridge: ') && first.includes(complaint), stderr);
    assert.match(stderr, /\nUsage:\n {2}journalbridge \w+ CONFIG/);
    assert.ok(stderr.split('\n').length < 24, 'the complaint has scrolled out of a terminal');
    assert.doesNotMatch(stderr, /\n {4}at /);
  });
}

for (const args of [['run'], [], ['run', '--once'], ['--once'], ['check'], ['explain'], ['explain', '--stdin']]) {
  const line = ['journalbridge', ...args, 'CONFIG'].join(' ');

  test(`${line} tells a config that is not there and ends with 78`, async () => {
    const { code, stdout, stderr } = await journalbridge(...args, '/nonexistent/config.json');

    assert.deepEqual({ code, stdout }, { code: 78, stdout: '' });
    assert.match(stderr, /\/nonexistent\/config\.json/);
  });
}

test('a config of several faults is told in full before anything is touched', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'main-'));
  const path = join(folder.path, 'config.json');
  const config = { log_level: 'LOUD', readers: { r: { initial_position: 'middle', senders: { s: {} } } } };
  await writeFile(path, JSON.stringify(config));

  const { code, stderr } = await journalbridge('run', path);

  assert.equal(code, 78);
  for (const place of ['log_level', 'readers.r.initial_position', 'readers.r.senders.s']) {
    assert.ok(stderr.includes(place), `${place} is not told: ${stderr}`);
  }
});

for (const { title, readers } of [
  { title: 'no reader', readers: {} },
  { title: 'a reader without senders', readers: { r: {} } },
  { title: 'no reader that is enabled', readers: { r: { enabled: false } } },
]) {
  test(`with ${title} it waits to be stopped`, async () => {
    await using daemon = await Daemon.start({ readers });
    await daemon.waitForLog(/started: /);

    const { code, stderr } = await daemon.stop();

    assert.equal(code, 0, stderr);
    assert.match(stderr, /stopped\./);
  });
}

test('a missing journalctl is told with the remedy', async () => {
  await using daemon = await Daemon.start({ journalctl_path: '/nonexistent/journalctl', readers: {} });

  const { code, stderr } = await daemon.end;

  assert.equal(code, 1);
  assert.match(stderr, /cannot run \/nonexistent\/journalctl: there is no such program; .*"journalctl_path"/);
  assert.doesNotMatch(stderr, /\n {4}at /);
});

test('a program that is no journalctl is told', async () => {
  await using daemon = await Daemon.start({ journalctl_path: '/bin/false', readers: {} });

  const { code, stderr } = await daemon.end;

  assert.equal(code, 1);
  assert.match(stderr, /cannot run \/bin\/false: .*it must be a journalctl/);
});

test('it goes on when nobody reads its log any more', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const path = join(place.path, 'config.json');
  const ignored = { tags: {} }; // is told before the start
  const config = place.config({ reader: { ...ignored, journal_path: await cachedJournal({ count: 500 }) } });
  await writeFile(path, JSON.stringify(config));
  const [command, ...rest] = leashed(process.execPath, main, 'run', path);
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(child.stderr, 'data');

  child.stderr.destroy();
  await waitForLines(place.output(), 500);
  child.kill('SIGTERM');

  assert.deepEqual(await exitOf(child), { code: 0, signal: null });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { endChild, exitOf, leashed } from './child.ts';
import { generateEntries } from './entries.ts';
import { comparable, exportText, parseExport, valueOf } from './export-stream.ts';
import { FakeJournalctl } from './fake-journalctl.ts';
import { buildJournal } from './journal-builder.ts';
import { need } from './need.ts';

const entries = [...generateEntries({ count: 300 })];

function start(program: string, ...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const [command, ...rest] = leashed(program, ...args);
  return spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(program: string, ...args: string[]) {
  const child = start(program, ...args);
  const [stdout, stderr, exit] = await Promise.all([buffer(child.stdout), text(child.stderr), exitOf(child)]);
  return { stdout, stderr, exit };
}

/** What comes until the output holds so many entries; then the program is ended. */
async function follow(count: number, program: string, ...args: string[]) {
  const child = start(program, ...args);
  let output = '';
  for await (const chunk of child.stdout) {
    output += (chunk as Buffer).toString('latin1');
    if (output.endsWith('\n\n') && parseExport(Buffer.from(output, 'latin1')).length >= count) break;
  }
  await endChild(child);
  return parseExport(Buffer.from(output, 'latin1'));
}

test('selects, seeks and refuses as the real journalctl does', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'fake-and-real-'));
  await buildJournal(folder.path, entries);
  const base = ['--quiet', '--no-pager', `--directory=${folder.path}`, '--output=export'];
  const whole = await run('journalctl', ...base);
  await using fake = await FakeJournalctl.create(whole.stdout);
  const cursors = parseExport(whole.stdout).map((fields) => valueOf(fields, '__CURSOR')!);
  const elsewhere = cursors[150]!.replace(/^s=./, 's=z').replace('z', 'f'); // another journal's: found by its time
  const cases = [
    [],
    ['--lines=3'],
    ['--boot'],
    [`--cursor=${cursors[120]!}`],
    [`--cursor=${cursors[120]!}`, '_SYSTEMD_UNIT=nginx.service'],
    [`--cursor=${cursors[120]!.replace(/x=.*/, 'x=1')}`],
    [`--cursor=${elsewhere}`],
    [`--cursor=${cursors[0]!.replace(/i=1;/, 'i=1000;')}`],
    ['--cursor=t=64748462043e9'],
    ['--cursor=x'],
    ['--cursor='],
    ['--cursor=i=1'],
    ['--cursor=t=64748462043e9;'],
    [`--cursor=${cursors[1]!}`, '--since=@1767225600'],
    ['--since=@1767225600.05'],
    ['--since=@1767225601'],
    ['--since=now'],
    ['--since=never'],
    ['--since'],
    ['PRIORITY=3', 'PRIORITY=4', '_UID=0', '+', '_SYSTEMD_UNIT=ssh.service'],
    ['no match'],
    ['--merge', '--boot'],
    ['--merge'],
    ['--unheard-of'],
    ['--unheard-of=x'],
    ['-Z'],
    ['--no-tail=3'],
  ];

  for (const args of cases) {
    const [real, faked] = await Promise.all([run('journalctl', ...base, ...args), run(fake.path, ...base, ...args)]);

    const what = args.join(' ');
    assert.equal(faked.stderr, real.stderr, what);
    assert.deepEqual(faked.exit, real.exit, what);
    assert.deepEqual(parseExport(faked.stdout).map(comparable), parseExport(real.stdout).map(comparable), what);
  }
});

const followed = [
  { title: 'the last ten', args: [], count: 10 },
  { title: 'the last boot', args: ['--no-tail'], count: 100 },
  { title: 'all boots', args: ['--no-tail', '--merge'], count: 300 },
];
for (const { title, args, count } of followed) {
  test(`follows ${title} as the real journalctl does with ${args.join(' ') || 'no option'}`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using folder = await mkdtempDisposable(join(tmpdir(), 'fake-and-real-'));
    await buildJournal(folder.path, entries);
    await using fake = await FakeJournalctl.create(entries);
    const all = ['--quiet', `--directory=${folder.path}`, '--output=export', '--follow', ...args];

    const real = await follow(count, 'journalctl', ...all);
    const faked = await follow(count, fake.path, ...all);

    assert.equal(faked.length, count);
    assert.deepEqual(faked.map(comparable), real.map(comparable));
  });
}

for (const program of ['real', 'fake']) {
  test(`the ${program} journalctl ends by itself when nobody reads what it follows`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using folder = await mkdtempDisposable(join(tmpdir(), 'fake-and-real-'));
    await buildJournal(folder.path, entries.slice(0, 2));
    await using fake = await FakeJournalctl.create(entries.slice(0, 2));
    const path = program === 'real' ? 'journalctl' : fake.path;
    const child = start(path, '--quiet', `--directory=${folder.path}`, '--output=export', '--follow');
    await once(child.stdout, 'data');

    child.stdout.destroy();

    assert.deepEqual(await exitOf(child), { code: 1, signal: null });
  });
}

test('tells the version it is given and refuses what that version refuses', async () => {
  await using fake = await FakeJournalctl.create([], { version: '251 (251.3)', refusesMergeWithFollow: true });

  const version = await run(fake.path, '--version');
  const refused = await run(fake.path, '--output=export', '--merge', '--follow', '--no-tail');

  assert.match(version.stdout.toString(), /^systemd 251 \(251\.3\)\n\+PAM/);
  assert.equal(refused.stderr, 'Using --boot or --list-boots with --merge is not supported.\n');
  assert.equal(refused.exit.code, 1);
});

test('each run does what its place in the scenario says, the last one for ever', async () => {
  const runs = [{ cutAt: 1000, ending: { code: 3 } }, { cutAt: 10, ending: { signal: 'SIGKILL' } }, {}] as const;
  await using fake = await FakeJournalctl.create(entries, { runs });
  const whole = exportText(entries);

  const ends = [];
  for (let n = 0; n < 4; n++) ends.push(await run(fake.path, '--output=export'));

  assert.deepEqual(
    ends.map(({ stdout, exit }) => [stdout.length, exit.code, exit.signal]),
    [
      [1000, 3, null],
      [10, null, 'SIGKILL'],
      [whole.length, 0, null],
      [whole.length, 0, null],
    ],
  );
  assert.deepEqual(
    (await fake.calls()).map(({ argv }) => argv),
    Array.from({ length: 4 }, () => ['--output=export']),
  );
});

test('spoils the output where it is told to', async () => {
  const whole = exportText(entries.slice(0, 2));
  const garbage = { at: 40, bytes: '\0\xffgarbage\n' };
  await using fake = await FakeJournalctl.create(entries.slice(0, 2), { runs: [{ garbage, stderr: 'oops\n' }] });

  const { stdout, stderr } = await run(fake.path, '--output=export');

  const spoilt = Buffer.from(garbage.bytes, 'latin1');
  assert.deepEqual(stdout, Buffer.concat([whole.subarray(0, 40), spoilt, whole.subarray(40)]));
  assert.equal(stderr, 'oops\n');
});

test('hangs through a closed pipe and SIGTERM until it is killed', async () => {
  const runs = [{ ending: 'hang', ignoresSigterm: true }] as const;
  await using fake = await FakeJournalctl.create(entries.slice(0, 1), { runs });
  const child = start(fake.path, '--output=export', '--follow');
  await once(child.stdout, 'data');
  child.stdout.destroy();

  const end = await endChild(child, 300);

  assert.deepEqual(end, { code: null, signal: 'SIGKILL' });
});

test('a text beyond the pipe waits for its reader and arrives whole', async () => {
  const many = [...generateEntries({ count: 5000 })];
  await using fake = await FakeJournalctl.create(many);

  const { stdout } = await run(fake.path, '--output=export');

  assert.deepEqual(stdout, exportText(many));
});

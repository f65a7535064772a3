import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { ExplainedEntry } from '../../src/cli/explain/explained.ts';
import { exitOf, leashed } from '../support/child.ts';
import type { EntrySpec } from '../support/export-stream.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { need } from '../support/need.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const run = promisify(execFile);

const START_US = 1_767_225_600_000_000;
/** Stands in every other entry, in several fields, also in entries that are dropped. */
const SECRET = 'hunter2-c0ffee';
const COUNT = 40;

function entryOf(n: number): EntrySpec {
  const unit = ['nginx.service', 'cron.service', 'app@1.service', 'journalbridge.service'][n % 4]!;
  const secret = n % 2 === 0 ? ` password=${SECRET}` : '';
  return {
    realtimeUs: START_US + n * 1_000_000,
    monotonicUs: 5_000_000 + n,
    bootId: 'b'.repeat(32),
    fields: [
      ['_SYSTEMD_UNIT', unit],
      ['PRIORITY', String(n % 8)],
      ['MESSAGE', n % 5 === 0 ? Buffer.from(`\x1b[2Jred \xff${secret}\nforged`, 'latin1') : `entry ${n}${secret}`],
      ['_CMDLINE', `/usr/bin/x --n=${n}${secret}`],
      ...(n % 2 === 0 ? [['TAG', `one${secret}`] as const, ['TAG', `two${secret}${secret}`] as const] : []),
      ['SEQ', String(n)],
    ],
  };
}

const folder = await mkdtempDisposable(join(tmpdir(), 'explain-'));
const journal = join(folder.path, 'journal');
let isBuilt = false;
after(() => folder.remove());

/** Whether there is a journal to explain. */
async function ready(t: TestContext, ...more: Parameters<typeof need>[1][]): Promise<boolean> {
  if (!need(t, 'journalctl', 'systemd-journal-remote', ...more)) return false;
  if (!isBuilt)
    await buildJournal(
      journal,
      Array.from({ length: COUNT }, (_, n) => entryOf(n)),
    );
  isBuilt = true;
  return true;
}

const lines = { output_type: 'file', file_output: '/nonexistent/lines', unit_log_level: 'quiet' };
const exact = { output_type: 'file', file_output: '/nonexistent/exact', format: 'journald', field_filter: 'slim' };

/** A config with a reader, `sys`, of two senders, and what else is told. */
function configOf(reader: object = {}, readers: object = {}): object {
  return {
    json_state_file_path: join(folder.path, 'state.json'),
    field_filters: { slim: { type: 'blacklist', fields: ['cmdline'] } },
    unit_log_levels: { quiet: [{ service_glob: 'nginx*', log_level: 'ERROR' }] },
    readers: {
      sys: {
        journal_path: journal,
        secret_filters: [{ pattern: 'password=\\S+', replacement: 'password=***' }],
        units_to_exclude: ['cron*'],
        senders: { lines, exact },
        ...reader,
      },
      ...readers,
    },
  };
}

interface Options {
  readonly config?: object | string;
  readonly stdin?: Buffer;
  readonly env?: NodeJS.ProcessEnv;
}

async function writeConfig(config: object | string = configOf()): Promise<string> {
  const path = join(folder.path, 'config.json');
  await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
  return path;
}

/** Runs `journalbridge explain` to its end. */
async function explain(args: readonly string[], { config, stdin, env }: Options = {}) {
  const [command, ...rest] = leashed(process.execPath, main, 'explain', await writeConfig(config), ...args);
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  child.stdin.on('error', () => undefined).end(stdin);
  const [{ code }, stdout, stderr] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

async function explainJson(args: readonly string[], options?: Options): Promise<ExplainedEntry[]> {
  const { code, stdout, stderr } = await explain([...args, '--json'], options);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ExplainedEntry);
}

const secondsOf = (entries: readonly ExplainedEntry[]) => entries.map(({ time }) => time?.slice(17, 19));

test('explains the last ten entries', async (t) => {
  if (!(await ready(t))) return;

  const { code, stdout, stderr } = await explain([]);

  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const headings = stdout.split('\n').filter((line) => /^[✓✗]/.test(line));
  assert.equal(headings.length, 10);
  assert.equal(
    headings[0],
    '✓ 2026-01-01T00:00:30.000000Z  app@1.service  info  \\u001b[2Jred � password=***\\nforged',
  );
  assert.equal(headings[9], '✗ 2026-01-01T00:00:39.000000Z  journalbridge.service  debug  entry 39');
});

test('tells every step of an entry', async (t) => {
  if (!(await ready(t))) return;

  const { stdout } = await explain(['--lines', '4', '--since', '@1767225632']);

  const told = stdout.replaceAll(/^( +)\{.*\}$/gm, '$1{…}').replaceAll(/\d+ bytes/g, 'N bytes');
  assert.equal(
    told,
    `✓ 2026-01-01T00:00:32.000000Z  nginx.service  emergency  entry 32 password=***
  ✓ units_to_exclude   nothing excludes nginx.service
  ● secret_filters.0   redacted MESSAGE once, TAG 3 times, _CMDLINE once
  lines  ✓ unit_log_level     emergency passes (quiet, rule 0: nginx* down to error)
         ✓ payload            N bytes
         {…}
  exact  ✓ field_filter       slim removes _CMDLINE; keeps 9
         ✓ payload            N bytes
         {…}

✗ 2026-01-01T00:00:33.000000Z  cron.service  alert  entry 33
  ✗ units_to_exclude   cron* excludes cron.service

✓ 2026-01-01T00:00:34.000000Z  app@1.service  critical  entry 34 password=***
  ✓ units_to_exclude   nothing excludes app@1.service
  ● secret_filters.0   redacted MESSAGE once, TAG 3 times, _CMDLINE once
  lines  ✓ unit_log_level     no rule of quiet is for its unit
         ✓ payload            N bytes
         {…}
  exact  ✓ field_filter       slim removes _CMDLINE; keeps 9
         ✓ payload            N bytes
         {…}

✗ 2026-01-01T00:00:35.000000Z  journalbridge.service  error  \\u001b[2Jred �\\nforged
  ✗ ship_own_logs      journalbridge.service is taken for the daemon itself, and its own lines are not shipped

`,
  );
});

test('shows what journalctl would not even have told the daemon, and why', async (t) => {
  if (!(await ready(t))) return;
  const config = configOf({ units_to_match: ['nginx.service'], min_priority: 'err' });

  const entries = await explainJson(['--lines', '8'], { config });

  assert.deepEqual(
    entries.map(({ steps }) => steps.find(({ passes }) => !passes)?.step),
    [
      undefined,
      'units_to_match',
      'units_to_match',
      'units_to_match',
      'min_priority',
      'units_to_match',
      'units_to_match',
      'units_to_match',
    ],
  );
});

test('takes as many entries as are asked for, from the time or the cursor on', async (t) => {
  if (!(await ready(t))) return;

  const last = await explainJson(['--lines', '3']);
  const since = await explainJson(['--since', '2026-01-01 00:00:10 UTC', '--lines', '2']);
  const all = await explainJson(['--since', '@1767225600']);
  const fromCursor = await explainJson(['--cursor', last[1]!.cursor]);

  assert.deepEqual(secondsOf(last), ['37', '38', '39']);
  assert.deepEqual(secondsOf(since), ['10', '11']);
  assert.equal(all.length, COUNT);
  assert.deepEqual(fromCursor, last.slice(1));
});

test('says so when the entry at the cursor has gone', async (t) => {
  if (!(await ready(t))) return;
  const [{ cursor }] = (await explainJson(['--lines', '1'])) as [ExplainedEntry];
  const gone = cursor.replace(/;i=[0-9a-f]+;/, ';i=ffff;').replace(/s=.{32}/, `s=${'0'.repeat(32)}`);

  const { code, stderr } = await explain(['--cursor', gone]);

  assert.equal(code, 0);
  assert.match(stderr, /^journalbridge: sys: there (is no entry at that cursor; .*|are no entries\.)\n$/);
});

test('takes what journalctl exports, and comes to the same', async (t) => {
  if (!(await ready(t))) return;
  const { stdout: stdin } = await run('journalctl', ['-D', journal, '-o', 'export'], { encoding: 'buffer' });

  const piped = await explain(['--stdin'], { stdin });
  const read = await explain(['--since', '@0']);

  assert.equal(piped.stdout, read.stdout);
  assert.deepEqual({ ...piped, stdout: '' }, { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(secondsOf(await explainJson(['--stdin', '--lines', '2'], { stdin })), ['00', '01']);
});

test('needs no journalctl for what comes by stdin', async (t) => {
  if (!(await ready(t))) return;
  const { stdout: stdin } = await run('journalctl', ['-D', journal, '-o', 'export', '-n1'], { encoding: 'buffer' });

  const entries = await explainJson(['--stdin'], { stdin, config: { ...configOf(), journalctl_path: '/nonexistent' } });

  assert.equal(entries.length, 1);
});

for (const { title, stdin, complaint } of [
  { title: 'nothing', stdin: '', complaint: 'stdin: there are no entries.' },
  { title: 'something else', stdin: 'Hello\nworld\n', complaint: 'not in the format of journalctl -o export' },
]) {
  test(`says so when ${title} comes by stdin`, async () => {
    const { code, stdout, stderr } = await explain(['--stdin'], { stdin: Buffer.from(stdin) });

    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
    assert.ok(stderr.includes(complaint), stderr);
  });
}

test('explains every reader in turn, each with its own entries', async (t) => {
  if (!(await ready(t))) return;
  const second = { journal_path: journal, match_key: 'SEQ', match_value: '39' };
  const config = configOf({}, { second, off: { ...second, enabled: false } });

  const both = await explainJson(['--lines', '2'], { config });
  const one = await explainJson(['--lines', '2', '--reader', 'off'], { config });
  const { stdout } = await explain(['--lines', '1'], { config });

  assert.deepEqual(
    both.map(({ reader }) => reader),
    ['sys', 'sys', 'second', 'second'],
  );
  assert.deepEqual(
    one.map(({ reader, kept }) => [reader, kept]),
    [
      ['off', false],
      ['off', false],
    ],
  );
  assert.match(stdout, /^✗ sys {2}2026.*\n[^]*^✗ second {2}2026/m);
});

test('takes an entry of stdin through every reader', async (t) => {
  if (!(await ready(t))) return;
  const { stdout: stdin } = await run('journalctl', ['-D', journal, '-o', 'export', '-n2'], { encoding: 'buffer' });
  const open = {
    secret_filters: [],
    units_to_exclude: [],
    senders: { lines: { ...lines, file_output: '/nonexistent/2' } },
  };

  const entries = await explainJson(['--stdin'], {
    stdin,
    config: configOf({}, { open: { ...open, ship_own_logs: true } }),
  });

  assert.deepEqual(
    entries.map(({ reader }) => reader),
    ['sys', 'open', 'sys', 'open'],
  );
  assert.match(entries[0]!.message ?? '', /password=\*\*\*$/);
  assert.match(entries[1]!.senders[0]!.payload ?? '', new RegExp(SECRET), 'redaction is of one reader only');
});

test('shows one sender alone', async (t) => {
  if (!(await ready(t))) return;

  const entries = await explainJson(['--sender', 'exact', '--since', '@0', '--lines', '3']);

  assert.deepEqual(
    entries.map(({ senders }) => senders.map(({ sender }) => sender)),
    [['exact'], [], ['exact']],
  );
});

test('JSON has the shape that is documented', async (t) => {
  if (!(await ready(t))) return;

  const [entry] = await explainJson(['--since', '@1767225628', '--lines', '1']);

  const { cursor, senders, ...rest } = entry!;
  assert.match(cursor, /^s=[0-9a-f]{32};/);
  assert.deepEqual(rest, {
    reader: 'sys',
    time: '2026-01-01T00:00:28.000000Z',
    unit: 'nginx.service',
    priority: 4,
    message: 'entry 28 password=***',
    kept: true,
    steps: [
      { step: 'units_to_exclude', passes: true, glob: null },
      {
        step: 'secret_filters',
        passes: true,
        changes: [
          { filter: 0, field: 'MESSAGE', count: 1 },
          { filter: 0, field: 'TAG', count: 3 },
          { filter: 0, field: '_CMDLINE', count: 1 },
        ],
      },
    ],
  });
  assert.deepEqual(senders[0], {
    sender: 'lines',
    output_type: 'file',
    gets: false,
    steps: [
      {
        step: 'unit_log_level',
        passes: false,
        list: 'quiet',
        rule: 0,
        service_glob: 'nginx*',
        log_level: 3,
        priority: 4,
      },
    ],
    stub: false,
    payload: null,
    bytes: null,
  });
  assert.equal((JSON.parse(senders[1]!.payload!) as { MESSAGE: string }).MESSAGE, 'entry 28 password=***');
});

test('never shows a secret, whatever is asked for and whatever drops the entry', async (t) => {
  if (!(await ready(t))) return;
  const { stdout: stdin } = await run('journalctl', ['-D', journal, '-o', 'export'], { encoding: 'buffer' });
  assert.ok(stdin.includes(SECRET));
  const searches = [{ name: 'words', fields: { MESSAGE: '(?P<all>.*)' } }];
  const readers = [
    {},
    { searches },
    { units_to_match: ['x'] },
    { min_priority: 0 },
    { match_key: 'MESSAGE', match_value: 'x' },
    { match_key: 'TAG', match_value: 'x', units_to_exclude: [] },
  ];

  for (const reader of readers) {
    for (const args of [['--stdin'], ['--stdin', '--json']]) {
      const { code, stdout, stderr } = await explain(args, { stdin, config: configOf(reader) });

      assert.equal(code, 0);
      assert.ok(stdout.includes('password=***'), 'the secret was there');
      assert.ok(!stdout.includes(SECRET) && !stdout.includes('hunter2'), `shown with ${JSON.stringify(reader)}`);
      assert.equal(stderr, '');
    }
  }
});

test('writes nothing but its output', async (t) => {
  if (!(await ready(t))) return;
  await writeConfig();
  const before = await readdir(folder.path, { recursive: true });

  await explain(['--lines', '5']);

  assert.deepEqual(await readdir(folder.path, { recursive: true }), before);
});

test('ends quietly when nobody reads on', async (t) => {
  if (!(await ready(t))) return;
  const many = join(folder.path, 'many');
  await buildJournal(
    many,
    Array.from({ length: 3000 }, (_, n) => entryOf(n)),
  );
  const config = await writeConfig(configOf({ journal_path: many }));
  const script = '"$0" "$1" explain "$2" --lines 3000 | head -n 1; echo "${PIPESTATUS[0]}"';

  const { stdout, stderr } = await run('bash', ['-c', script, process.execPath, main, config]);

  assert.match(stdout, /^[✓✗] 2026.*\n0\n$/);
  assert.equal(stderr, '');
});

for (const { title, env, isColoured } of [
  { title: 'a terminal', env: { TERM: 'xterm' }, isColoured: true },
  { title: 'a terminal with NO_COLOR', env: { TERM: 'xterm', NO_COLOR: '1' }, isColoured: false },
]) {
  test(`${isColoured ? 'colours' : 'no colours'} on ${title}`, async (t) => {
    if (!(await ready(t, 'script'))) return;
    const command = `"${process.execPath}" "${main}" explain "${await writeConfig()}" --lines 1`;

    const { stdout } = await run('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], ...env },
    });

    assert.match(stdout, /journalbridge\.service/);
    assert.equal(stdout.includes('\x1b['), isColoured);
  });
}

test('no colours in a pipe', async (t) => {
  if (!(await ready(t))) return;

  assert.ok(!(await explain([], { env: { TERM: 'xterm' } })).stdout.includes('\x1b'));
});

const complaints: readonly { title: string; args?: string[]; reader?: object; code: number; complaint: RegExp }[] = [
  {
    title: 'a reader that there is not',
    args: ['--reader', 'web'],
    code: 2,
    complaint: /^journalbridge: no reader is named "web"; there are: sys\n$/,
  },
  {
    title: 'a sender that there is not',
    args: ['--sender', 'x\x1b'],
    code: 2,
    complaint: /^journalbridge: no sender is named "x\\u001b"; there are: lines, exact\n$/,
  },
  {
    title: 'a sender where there is none',
    args: ['--sender', 'x'],
    reader: { senders: {} },
    code: 2,
    complaint: /^journalbridge: no sender is named "x"; there is none\n$/,
  },
  {
    title: 'a time that journalctl does not understand',
    args: ['--since', 'teatime'],
    code: 2,
    complaint: /\njournalbridge: journalctl does not understand the time "teatime"; see systemd.time\(7\)\n$/,
  },
  {
    title: 'a journal that is not there',
    reader: { journal_path: '/nonexistent/journal' },
    code: 1,
    complaint:
      /"Failed to open \/nonexistent\/journal: .*\njournalbridge: journalctl ended with exit code 1; check "journal_path"\.\n$/,
  },
  {
    title: 'a config that cannot be used',
    reader: { secret_filters: [{ pattern: '(', replacement: '' }], min_priority: 'loud' },
    code: 78,
    complaint: /^readers\.sys\.min_priority: .*\nreaders\.sys\.secret_filters\.0\.pattern: .*\n$/,
  },
];

for (const { title, args = [], reader, code, complaint } of complaints) {
  test(`refuses ${title}`, async (t) => {
    if (!(await ready(t))) return;

    const end = await explain(args, { config: configOf(reader) });

    assert.deepEqual({ code: end.code, stdout: end.stdout }, { code, stdout: '' });
    assert.match(end.stderr, complaint);
  });
}

test('says so when no reader is enabled', async () => {
  const { code, stderr } = await explain([], { config: configOf({ enabled: false }) });

  assert.deepEqual(
    { code, stderr },
    { code: 0, stderr: 'journalbridge: no reader is enabled: there is nothing to explain.\n' },
  );
});

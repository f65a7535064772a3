import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../support/daemon.ts';
import type { EntrySpec } from '../support/export-stream.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { need } from '../support/need.ts';
import { StatsdServer } from '../support/statsd-server.ts';

/** Every planted secret holds this, so that one search finds any of them, whatever stands around it. */
const CORE = 'S3cr3tC0re';

/** Ways in which secrets get into a journal: the name of a field, and its value around the secret. */
const places: readonly (readonly [name: string, value: (secret: string) => Buffer | string])[] = [
  ['MESSAGE', (secret) => `login with password=${secret} ok`],
  ['MESSAGE', (secret) => `first line\npassword=${secret}\nthird line`],
  ['MESSAGE', (secret) => `"quoted" \\ password=${secret}"`],
  ['MESSAGE', (secret) => `größe password=ä${secret}ö 🚀`],
  [
    'MESSAGE',
    (secret) => Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.from(`password=${secret}`), Buffer.from([0xfe])]),
  ],
  ['MESSAGE', (secret) => Buffer.concat([Buffer.from('password=x'), Buffer.from([0xe9]), Buffer.from(secret)])],
  ['MESSAGE', (secret) => `password=${secret} ${'x'.repeat(20_000)}`],
  ['MESSAGE', (secret) => `${'x'.repeat(70_000)} password=${secret}`],
  ['MESSAGE', (secret) => `password=${secret} ${'too large '.repeat(200_000)}`],
  ['_CMDLINE', (secret) => `/usr/bin/app --password=${secret}`],
  ['PRIORITY', (secret) => `password=${secret}`],
  ['CODE_LINE', (secret) => `12 password=${secret}`],
  ['MESSAGE_ID', (secret) => `password=${secret}`],
  ['COREDUMP_TIMESTAMP', (secret) => `password=${secret}`],
  ['SYSLOG_IDENTIFIER', (secret) => `password=${secret}`],
  ['_SYSTEMD_UNIT', (secret) => `password=${secret}.service`],
  ['A_FIELD_OF_ITS_OWN', (secret) => `{"password=${secret}": true}`],
];

function* plant(): Generator<EntrySpec> {
  for (const [n, [name, value]] of places.entries()) {
    const fields: [string, Buffer | string][] = [
      [name, value(`${CORE}${n}`)],
      ['SEQ', String(n)],
    ];
    if (name !== 'MESSAGE') fields.push(['MESSAGE', 'nothing to see']);
    yield { realtimeUs: 1_767_225_600_000_000 + n, monotonicUs: n + 1, bootId: 'b'.repeat(32), fields };
  }
  const twice: [string, string][] = ['one', 'two'].map((tag) => ['TAG', `password=${CORE}-${tag}`]);
  yield { realtimeUs: 1_767_225_600_001_000, monotonicUs: 999, bootId: 'b'.repeat(32), fields: twice };
}

function configOf(folder: string, statsdPort: number): object {
  const output = (name: string): string => join(folder, `${name}.jsonl`);
  return {
    log_level: 'DEBUG',
    json_state_file_path: join(folder, 'state.json'),
    statsd: { host: '127.0.0.1', port: statsdPort },
    readers: {
      r: {
        journal_path: join(folder, 'journal'),
        // \S in Python is any character but white space, also beyond ASCII.
        secret_filters: [{ pattern: '(?i)password=\\S+', replacement: 'password=[redacted]' }],
        secret_filter_metrics: true,
        searches: [
          { name: 'words', fields: { MESSAGE: '(?P<word>password=\\S+)' } },
          { name: 'all', fields: {}, tags: {} },
          { name: 'units', fields: { _SYSTEMD_UNIT: '(?P<unit>.*)' } },
        ],
        senders: {
          journalpump: { output_type: 'file', file_output: output('journalpump') },
          journald: { output_type: 'file', file_output: output('journald'), format: 'journald' },
          small: { output_type: 'file', file_output: output('small'), max_entry_bytes: 1024 },
        },
      },
    },
  };
}

test('no planted secret leaves: not in files, state, log, summary or metrics', async (t) => {
  if (!need(t, 'systemd-journal-remote')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'journalbridge-leak-'));
  await buildJournal(join(folder.path, 'journal'), plant());
  using statsd = await StatsdServer.atAddress('127.0.0.1');
  const config = configOf(folder.path, statsd.port);

  await using daemon = await Daemon.start(config, { once: true });
  const { code, stdout, stderr } = await daemon.end;

  assert.equal(code, 0, stderr);
  await statsd.waitForLine(/words,.*word=password_\[redacted\]/);
  const files = (await readdir(folder.path)).filter((name) => name !== 'journal');
  const written = await Promise.all(
    files.map(async (name) => [name, await readFile(join(folder.path, name))] as const),
  );
  const everything = [
    ...written,
    ['stdout', stdout],
    ['stderr', stderr],
    ['statsd', statsd.datagrams.join('\n')],
  ] as const;
  for (const [name, content] of everything) {
    for (const form of disguises(CORE)) assert.equal(content.includes(form), false, `${form} is in ${name}`);
  }
  const lines = written
    .find(([name]) => name === 'journald.jsonl')![1]
    .toString()
    .trim()
    .split('\n');
  assert.equal(lines.length, places.length + 1, 'every entry came');
  assert.match(written.find(([name]) => name === 'journalpump.jsonl')![1].toString(), /password=\[redacted\]/);
});

/** The forms in which a text can stand in what is written: as it is, and as numbers of its bytes. */
function disguises(text: string): string[] {
  const bytes = Buffer.from(text);
  return [
    text,
    [...bytes].join(','),
    [...bytes].join(', '),
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, 12),
  ];
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { journalctlArguments } from '../../src/journal/arguments.ts';
import type { JournalSelection } from '../../src/journal/selection.ts';
import { Decoder } from '../../src/journal/decode.ts';
import { LOSS_MESSAGE_IDS } from '../../src/journal/losses.ts';
import { createSelects } from '../../src/journal/selects.ts';
import type { EntryTest } from '../../src/journal/selects.ts';
import { createRules } from '../../src/pipeline/rules.ts';
import type { Rules } from '../../src/pipeline/rules.ts';
import { ByteWriter } from '../../src/transform/byte-writer.ts';
import { Encoder } from '../../src/transform/encode.ts';
import { generateEntries } from '../support/entries.ts';
import type { EntrySpec } from '../support/export-stream.ts';
import { parseExport } from '../support/export-stream.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { need } from '../support/need.ts';
import { bootIds, units } from '../support/vocabulary.ts';

const run = promisify(execFile);

/** Entries that a match or a filter could stumble over. */
const odd: readonly (readonly [name: string, value: string])[][] = [
  [['MESSAGE', 'no unit, no priority']],
  [
    ['MESSAGE', 'no unit'],
    ['PRIORITY', '3'],
  ],
  [
    ['_SYSTEMD_UNIT', 'ssh.service'],
    ['MESSAGE', 'no priority'],
  ],
  [
    ['SYSTEMD_UNIT', 'ssh.service'],
    ['PRIORITY', '3'],
    ['MESSAGE', 'made-up unit'],
  ],
  [
    ['SYSTEMD_UNIT', 'cron.service'],
    ['_SYSTEMD_UNIT', 'ssh.service'],
    ['PRIORITY', '6'],
  ],
  [
    ['_SYSTEMD_UNIT', 'ssh.service'],
    ['_SYSTEMD_UNIT', 'cron.service'],
    ['PRIORITY', '7'],
    ['PRIORITY', '2'],
  ],
  [
    ['_SYSTEMD_UNIT', 'nginx.service'],
    ['PRIORITY', '06'],
  ],
  [
    ['_SYSTEMD_UNIT', 'nginx.service'],
    ['PRIORITY', '8'],
  ],
  [
    ['_SYSTEMD_UNIT', 'nginx.service'],
    ['PRIORITY', ''],
  ],
  [
    ['_SYSTEMD_UNIT', ''],
    ['PRIORITY', '5'],
    ['MESSAGE', 'empty unit'],
  ],
  [
    ['_SYSTEMD_UNIT', 'größe.service'],
    ['PRIORITY', '5'],
    ['PID', '1'],
    ['_PID', '2'],
  ],
  [
    ['_SYSTEMD_UNIT', 'nginx.service.d'],
    ['PRIORITY', '0'],
    ['MESSAGE', 'x'.repeat(3000)],
  ],
  [
    ['_JOURNALBRIDGE', '1'],
    ['_SYSTEMD_UNIT', 'app@1.service'],
    ['PRIORITY', '4'],
  ],
  ...['6', '3'].flatMap((priority) =>
    Object.values(LOSS_MESSAGE_IDS).flatMap((id) =>
      ['driver', 'journal'].map((transport): [string, string][] => [
        ['_TRANSPORT', transport],
        ['MESSAGE_ID', id],
        ['MESSAGE', `lost ${id}`],
        ['PRIORITY', priority],
        ['_SYSTEMD_UNIT', 'ssh.service'],
      ]),
    ),
  ),
  [
    ['_TRANSPORT', 'journal'],
    ['_TRANSPORT', 'driver'],
    ['MESSAGE_ID', 'x'],
    ['MESSAGE_ID', LOSS_MESSAGE_IDS.suppressed],
    ['MESSAGE', 'twice'],
  ],
];

function* testEntries(): Generator<EntrySpec> {
  yield* generateEntries({ count: 300 });
  let n = 0;
  for (const fields of odd) {
    n++;
    yield { realtimeUs: 1_767_225_700_000_000 + n, monotonicUs: 9_000_000_000 + n, bootId: bootIds(2), fields };
  }
}

const unitNames = fc.constantFrom(...units.map(({ unit }) => unit), 'größe.service', 'nginx.service.d', 'none.service');
const globs = fc.constantFrom('*', 'ssh*', 'app@?.service', '[a-m]*', '[!n]*', '*.scope', 'gr??e*', 'x');
const names = fc.constantFrom(
  ...['MESSAGE', 'message', '_systemd_unit', 'PRIORITY', 'PID', '_HOSTNAME', 'tag', 'timestamp', 'REALTIME_TIMESTAMP'],
  ...[
    'boot_id',
    'COREDUMP_BLOB',
    'my.field',
    'a,b',
    '--follow',
    'x y',
    'SYSLOG_IDENTIFIER',
    '_SEQ',
    'env',
    ''.padEnd(70, 'A'),
  ],
);

const anySender = fc.record(
  {
    fields: fc.array(names, { maxLength: 4 }),
    type: fc.oneof({ weight: 4, arbitrary: fc.constant('whitelist') }, fc.constant('blacklist')),
    format: fc.constantFrom('journalpump', 'journald'),
    unit_log_level: fc.constantFrom('', 'some'),
    extra_field_values: fc.constantFrom({}, { env: 'x' }, { SYSTEMD_UNIT: 'cron.service' }, { MESSAGE: 1 }),
    max_entry_bytes: fc.constantFrom(1024, 65_536),
  },
  { requiredKeys: ['fields', 'type'] },
);
const anyReader = fc.record(
  {
    units_to_match: fc.array(unitNames, { maxLength: 3 }),
    units_to_exclude: fc.array(globs, { maxLength: 2 }),
    min_priority: fc.nat(7),
    match_key: fc.constantFrom('SYSLOG_IDENTIFIER', 'PRIORITY', 'TAG', 'UID'),
    match_value: fc.constantFrom('nginx', 6, '33', null),
    ship_own_logs: fc.boolean(),
    secret_filters: fc.constantFrom([], [{ pattern: '[0-9]{3,}', replacement: '<\\g<0>>' }]),
    secret_filter_fields: fc.constantFrom(['MESSAGE'], ['_hostname', 'cmdline']),
    secret_filter_metrics: fc.boolean(),
    searches: fc.constantFrom(
      [],
      [{ name: 's', fields: { _UID: '^(?P<uid>33|0)$' } }],
      [
        { name: 's', fields: { SYSLOG_IDENTIFIER: 'ngin', PRIORITY: '[0-5]' } },
        { name: 't', fields: { TAG: 'b' } },
      ],
    ),
  },
  { requiredKeys: [] },
);
const anySenders = fc.array(anySender, { minLength: 1, maxLength: 3 });

type AnySender = typeof anySender extends fc.Arbitrary<infer T> ? T : never;

async function configOf(journal: string, keys: object, senders: readonly AnySender[]): Promise<Config> {
  const config = {
    json_state_file_path: '/nowhere/state',
    unit_log_levels: {
      some: [
        { service_glob: 'nginx*', log_level: 'NOTICE' },
        { service_glob: '*', log_level: 'INFO' },
      ],
    },
    field_filters: Object.fromEntries(senders.map(({ type, fields }, n) => [`f${n}`, { type, fields }])),
    readers: {
      r: {
        journal_path: journal,
        ...keys,
        senders: Object.fromEntries(
          senders.map(({ type: _, fields: __, ...rest }, n) => [
            `s${n}`,
            { output_type: 'file', file_output: `/nowhere/${n}`, field_filter: `f${n}`, ...rest },
          ]),
        ),
      },
    },
  };
  return (await parseConfig('x.json', JSON.stringify(config))).config;
}

async function readJournal(selection: JournalSelection): Promise<Buffer> {
  const args = await journalctlArguments(selection, {
    start: { kind: 'head' },
    follow: false,
    merge: true,
    machineId: undefined,
  });
  const { stdout } = await run('journalctl', args, { encoding: 'buffer', maxBuffer: Infinity });
  return stdout;
}

function rulesOf(config: Config): Promise<Rules> {
  const ignore = (): void => undefined;
  return createRules({ config, reader: config.readers['r']!, bootId: undefined, hit: ignore, slow: ignore });
}

/** What each sender of the only reader gets of a stream of entries, as far as they are selected. */
async function linesOf(config: Config, stream: Buffer, selects: EntryTest): Promise<string[]> {
  const reader = config.readers['r']!;
  const rules = await rulesOf(config);
  const senders = Object.values(reader.senders).map((sender) => ({
    encoder: new Encoder(rules.encodingOf(sender)),
    level: rules.levelOf(sender),
    out: new ByteWriter(),
  }));
  const decoder = new Decoder();
  decoder.push(stream);
  for (let block = decoder.decode(50); block.count > 0; block = decoder.decode(50)) {
    const kept = rules.sieve.sift(block, 0, true);
    for (let i = 0; i < block.count; i++) {
      if (kept[i] === 0 || !selects(block, i)) continue;
      for (const { encoder, level, out } of senders)
        if (level?.passes(block, i) !== false) encoder.encode(block, i, out);
    }
  }
  return senders.map(({ out }) => out.bytes.toString('utf8', 0, out.length));
}

test('senders get the same lines whether journalctl selects or we do', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'push-down-'));
  await buildJournal(folder.path, testEntries());
  const whole = await readJournal({ journal_path: folder.path, journal_flags: [], units_to_match: [] });
  const seen = { narrowed: 0, selected: 0, empty: 0 };

  await fc.assert(
    fc.asyncProperty(anyReader, anySenders, async (keys, senders) => {
      const config = await configOf(folder.path, keys, senders);
      const { selection } = await rulesOf(config);
      const pushed = await readJournal(selection);

      const lines = await linesOf(config, pushed, () => true);

      assert.deepEqual(lines, await linesOf(config, whole, createSelects(config.readers['r']!)));
      if (selection.outputFields !== undefined) seen.narrowed++;
      if (pushed.length === 0) seen.empty++;
      else if (lines.some((text) => text !== '')) seen.selected++;
    }),
    { numRuns: 120 },
  );

  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `nothing ${what}`);
});

test('journalctl reads no more than it is asked for', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'push-down-'));
  await buildJournal(folder.path, testEntries());
  const keys = {
    units_to_match: ['ssh.service', 'cron.service'],
    units_to_exclude: ['cron*'],
    min_priority: 'warning',
  };
  const config = await configOf(folder.path, keys, [{ type: 'whitelist', fields: ['message', 'my.field'] }]);

  const { selection } = await rulesOf(config);
  const entries = parseExport(await readJournal(selection));

  const told = ['__CURSOR', '__REALTIME_TIMESTAMP', '__MONOTONIC_TIMESTAMP', '_BOOT_ID'];
  const found = new Set(
    entries.flatMap((fields) => fields.map(([name]) => name)).filter((name) => !name.startsWith('__SEQNUM')),
  );
  const forLosses = ['MESSAGE_ID', 'PRIORITY'];
  assert.deepEqual([...found].sort(), [...told, 'MESSAGE', '_PID', '_SYSTEMD_UNIT', ...forLosses].sort());
  assert.ok(entries.length > 0 && entries.length < 20, `${entries.length} entries`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareReaders, sharesFiles } from './changes.ts';
import { parseConfig } from './load.ts';

const sender = (keys = {}) => ({ output_type: 'file', file_output: '/tmp/changes-r.jsonl', ...keys });
const other = { q: { senders: { s: sender({ file_output: '/tmp/changes-q.jsonl' }) } } };
const filters = (type: string) => ({ f: { type, fields: ['MESSAGE'] } });
const levels = (log_level: string) => ({ l: [{ service_glob: '*', log_level }] });

/** A config with the readers `r`, which has these keys, and `q`, which is always the same. */
const parse = async (top: object, reader: object) => {
  const readers = { r: { senders: { s: sender() }, ...reader }, ...other };
  return (await parseConfig('config.json', JSON.stringify({ readers, ...top }))).config;
};

type Side = readonly [top: object, reader?: object];

const same: Record<string, readonly [Side, Side]> = {
  'a default is spelt out': [[{}], [{}, { initial_position: 'head', units_to_match: [] }]],
  'the keys have another order': [
    [{}, { min_priority: 'info', match_key: 'A', match_value: 'b' }],
    [{}, { match_value: 'b', match_key: 'A', min_priority: 6 }],
  ],
  'the state is saved more rarely': [[{}], [{ state_save_interval: 5 }]],
  'log level, statsd and tags are others': [
    [{}],
    [{ log_level: 'DEBUG', statsd: { host: 'x', port: 1 }, tags: { a: 'b' } }],
  ],
  'a stop may take longer': [[{}], [{ shutdown_timeout: 5 }]],
  'a filter that nobody has is another one': [
    [{ field_filters: filters('include') }],
    [{ field_filters: filters('exclude') }],
  ],
  'a list of levels that nobody has is another one': [
    [{ unit_log_levels: levels('info'), unit_log_level_rule: 'first' }],
    [{ unit_log_levels: levels('debug'), unit_log_level_rule: 'strictest' }],
  ],
  'a default of the top level moves into the reader': [
    [{ ship_own_logs: true }],
    [{ ship_own_logs: true }, { ship_own_logs: true }],
  ],
  'a disabled sender is another one': [
    [{}, { senders: { s: sender(), d: sender({ enabled: false, file_output: '/tmp/changes-d' }) } }],
    [{}, { senders: { s: sender() } }],
  ],
};

for (const [title, [before, after]] of Object.entries(same)) {
  test(`no reader changes when ${title}`, async () => {
    const changes = compareReaders(await parse(before[0], before[1] ?? {}), await parse(after[0], after[1] ?? {}));

    assert.deepEqual(changes, { added: [], removed: [], changed: [], kept: ['r', 'q'] });
  });
}

const filtered = { senders: { s: sender({ field_filter: 'f' }) } };
const levelled = { senders: { s: sender({ unit_log_level: 'l' }) } };

const changed: Record<string, readonly [Side, Side]> = {
  'an option of its own': [[{}], [{}, { min_priority: 'info' }]],
  'an option of a sender': [[{}], [{}, { senders: { s: sender({ fsync: 'never' }) } }]],
  'another sender': [[{}], [{}, { senders: { s: sender(), t: sender({ file_output: '/tmp/changes-t.jsonl' }) } }]],
  'a disabled sender': [[{}], [{}, { senders: { s: sender({ enabled: false }) } }]],
  'the field filter that it names': [
    [{ field_filters: filters('include') }, filtered],
    [{ field_filters: filters('exclude') }, filtered],
  ],
  'the unit log levels that it names': [
    [{ unit_log_levels: levels('info') }, levelled],
    [{ unit_log_levels: levels('debug') }, levelled],
  ],
  'the rule for its unit log levels': [
    [{ unit_log_levels: levels('info') }, levelled],
    [{ unit_log_levels: levels('info'), unit_log_level_rule: 'strictest' }, levelled],
  ],
};

for (const [title, [before, after]] of Object.entries(changed)) {
  test(`one reader changes by ${title}`, async () => {
    const changes = compareReaders(await parse(before[0], before[1] ?? {}), await parse(after[0], after[1] ?? {}));

    assert.deepEqual(changes, { added: [], removed: [], changed: ['r'], kept: ['q'] });
  });
}

for (const top of [
  { match_key: 'A', match_value: 'b' },
  { isolation_timeout: 1 },
  { journalctl_path: '/bin/journalctl' },
  { msg_buffer_max_length: 7 },
  { msg_buffer_max_bytes: 1_000_000 },
  { ship_own_logs: true },
]) {
  test(`all readers change by ${Object.keys(top).join()} of the top level`, async () => {
    const changes = compareReaders(await parse({}, {}), await parse(top, {}));

    assert.deepEqual(changes, { added: [], removed: [], changed: ['r', 'q'], kept: [] });
  });
}

test('a disabled reader counts as not there', async () => {
  const off = await parse({}, { enabled: false });
  const on = await parse({}, {});

  assert.deepEqual(compareReaders(off, on), { added: ['r'], removed: [], changed: [], kept: ['q'] });
  assert.deepEqual(compareReaders(on, off), { added: [], removed: ['r'], changed: [], kept: ['q'] });
  assert.deepEqual(compareReaders(off, off), { added: [], removed: [], changed: [], kept: ['q'] });
});

test('readers share a file whatever its path is written like', async () => {
  const { r, q } = (await parse({}, {})).readers;
  const { r: again } = (await parse({}, { senders: { x: sender({ file_output: '/tmp/../tmp/changes-r.jsonl' }) } }))
    .readers;

  assert.equal(sharesFiles(r!, again!), true);
  assert.equal(sharesFiles(r!, q!), false);
});

for (const [before, after, shares] of [
  ['/tmp/x/{A}.jsonl', '/tmp/x/all.jsonl', true],
  ['/tmp/x/all.jsonl', '/tmp/x/{A}.jsonl', true],
  ['/tmp/x/a-{A}.jsonl', '/tmp/x/b-{A}.jsonl', false],
] as const) {
  test(`a sender with ${after} ${shares ? 'waits' : 'need not wait'} for one with ${before} to let go`, async () => {
    const readerOf = async (file_output: string) =>
      (await parse({}, { senders: { s: sender({ file_output }) } })).readers['r']!;

    assert.equal(sharesFiles(await readerOf(before), await readerOf(after)), shares);
  });
}

import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { parseConfig } from './load.ts';
import type { LoadedConfig } from './load.ts';
import type { ReaderConfig, SenderConfig } from './schema.ts';

// The keys that select, redact and measure.

interface Keys {
  readonly top?: object;
  readonly reader?: object;
  readonly sender?: object;
}

function load({ top = {}, reader = {}, sender = {} }: Keys): Promise<LoadedConfig> {
  const out = { output_type: 'file', file_output: '/nowhere/out', ...sender };
  const config = { json_state_file_path: '/nowhere/s', ...top, readers: { sys: { senders: { out }, ...reader } } };
  return parseConfig('x.json', JSON.stringify(config));
}

async function loadReader(reader: object): Promise<ReaderConfig> {
  return (await load({ reader })).config.readers['sys']!;
}

async function loadSender(keys: Keys): Promise<SenderConfig> {
  return (await load(keys)).config.readers['sys']!.senders['out']!;
}

async function faultsOf(keys: Keys): Promise<string[]> {
  try {
    await load(keys);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
}

async function warningsOf(keys: Keys): Promise<string[]> {
  const { warnings } = await load(keys);
  return warnings.map(({ path, message }) => `${path}: ${message}`);
}

const few = { type: 'whitelist', fields: ['MESSAGE'] };
const quiet = [{ service_glob: '*', log_level: 'INFO' }];
const LEVELS = 'one of "EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"';

test('takes the rules of a config as journalpump users write it, without a warning', async () => {
  const { config, warnings } = await load({
    top: {
      field_filters: { few, rest: { type: 'blacklist', fields: ['_Pid'] } },
      unit_log_levels: { quiet: [{ service_glob: 'ssh*', log_level: 'WARNING' }] },
      statsd: { host: '127.0.0.1', port: 12345, prefix: 'user-', tags: { sourcetag: 'journalpump' } },
      tags: { cluster: 'a', shard: 3 },
    },
    reader: {
      searches: [
        { name: 'kernel_error', fields: { PRIORITY: '[0-3]', _TRANSPORT: '^kernel$' }, tags: { section: 'kernel' } },
        { name: 'all', fields: {} },
      ],
      secret_filters: [{ pattern: '[a-z]+', replacement: '' }],
      secret_filter_metrics: true,
      threshold_for_metric_emit: 5,
    },
    sender: { field_filter: 'few', unit_log_level: 'quiet' },
  }).then(({ config, warnings }) => ({
    config,
    warnings: warnings.filter(({ path }) => path !== 'field_filters.rest'),
  }));

  assert.deepEqual(warnings, []);
  assert.deepEqual(config.field_filters, { few, rest: { type: 'blacklist', fields: ['_Pid'] } });
  assert.deepEqual(config.unit_log_levels, { quiet: [{ service_glob: 'ssh*', log_level: 4 }] });
  assert.equal(config.unit_log_level_rule, 'first');
  assert.deepEqual(config.statsd, {
    host: '127.0.0.1',
    port: 12345,
    prefix: 'user-',
    tags: { sourcetag: 'journalpump' },
  });
  assert.deepEqual(config.tags, { cluster: 'a', shard: 3 });
  const reader = config.readers['sys']!;
  assert.deepEqual(reader.searches[1], { name: 'all', fields: {}, tags: {} });
  assert.deepEqual(reader.secret_filters, [{ pattern: '[a-z]+', replacement: '' }]);
  assert.equal(reader.secret_filter_metrics, true);
  assert.equal(reader.secret_filter_fields, undefined);
  assert.equal(reader.threshold_for_metric_emit, 5);
  assert.equal(reader.senders['out']?.field_filter, 'few');
  assert.equal(reader.senders['out'].unit_log_level, 'quiet');
});

test('include and exclude are whitelist and blacklist', async () => {
  const field_filters = { a: { type: 'include', fields: [] }, b: { type: 'exclude', fields: ['X'] } };

  const { config } = await load({ top: { field_filters } });

  assert.deepEqual(config.field_filters, {
    a: { type: 'whitelist', fields: [] },
    b: { type: 'blacklist', fields: ['X'] },
  });
});

const levelNames = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

levelNames.forEach((name, number) => {
  test(`${name} is ${number}, in any case`, async () => {
    for (const word of [name, name.toLowerCase(), name[0]! + name.slice(1).toLowerCase()]) {
      const { config } = await load({ top: { unit_log_levels: { l: [{ service_glob: '*', log_level: word }] } } });
      assert.equal(config.unit_log_levels['l']?.[0]?.log_level, number);
      assert.equal((await loadReader({ min_priority: word })).min_priority, number);
    }
    assert.equal((await loadReader({ min_priority: number })).min_priority, number);
  });
});

for (const [word, number] of [
  ['emerg', 0],
  ['crit', 2],
  ['Err', 3],
] as const) {
  test(`min_priority takes journalctl's ${word}`, async () => {
    assert.equal((await loadReader({ min_priority: word })).min_priority, number);
  });
}

const absent: readonly (readonly [key: keyof ReaderConfig, values: readonly unknown[], meaning: unknown])[] = [
  ['secret_filters', [null, []], []],
  ['searches', [null, []], []],
  ['units_to_exclude', [null, []], []],
  ['secret_filter_metrics', [null, false], false],
  ['secret_filter_fields', [null], undefined],
  ['min_priority', [null], undefined],
  ['threshold_for_metric_emit', [null], 10],
];

for (const [key, values, meaning] of absent) {
  test(`${key}: ${JSON.stringify(values)} is the same as leaving it out`, async () => {
    const plain = await loadReader({});

    assert.deepEqual(plain[key], meaning);
    for (const value of values) assert.deepEqual(await loadReader({ [key]: value }), plain);
  });
}

for (const key of ['field_filter', 'unit_log_level'] as const) {
  test(`${key}: an empty name or null means none`, async () => {
    for (const none of ['', null]) {
      const sender = await loadSender({ sender: { [key]: none } });
      assert.ok(!(key in sender) || sender[key] === undefined);
    }
  });
}

test('a reader may differ from the top level in whether it ships our own logs', async () => {
  for (const [top, own, meaning] of [
    [true, undefined, true],
    [true, false, false],
    [undefined, true, true],
  ] as const) {
    const { config } = await load({ top: { ship_own_logs: top }, reader: { ship_own_logs: own } });
    assert.equal(config.readers['sys']?.ship_own_logs, meaning);
  }
});

test('metrics go to a socket, without host and port', async () => {
  const { config, warnings } = await load({ top: { statsd: { path: '/run/statsd.sock' } } });

  assert.deepEqual(config.statsd, { path: '/run/statsd.sock', prefix: '', tags: {} });
  assert.deepEqual(warnings, []);
});

for (const statsd of [{}, { host: 'a' }, { port: 1 }, { prefix: 'x.', tags: { a: 1 } }]) {
  test(`metrics are off, with a warning, for ${JSON.stringify(statsd)}`, async () => {
    const { config } = await load({ top: { statsd } });

    assert.ok(!('statsd' in config));
    assert.deepEqual(await warningsOf({ top: { statsd } }), [
      'statsd: metrics are off: it takes "host" and "port", or "path"',
    ]);
  });
}

const warned: readonly (readonly [title: string, keys: Keys, ...warnings: string[]])[] = [
  [
    'definitions that nobody uses',
    { top: { field_filters: { few, used: few }, unit_log_levels: { quiet } }, sender: { field_filter: 'used' } },
    'field_filters.few: has no effect: no sender has it as "field_filter"',
    'unit_log_levels.quiet: has no effect: no sender has it as "unit_log_level"',
  ],
  [
    'a definition that only a disabled sender uses',
    { top: { field_filters: { few } }, sender: { field_filter: 'few', enabled: false } },
    'readers.sys: no sender is enabled: what this reader reads goes nowhere',
  ],
  [
    'units to match that are all excluded',
    { reader: { units_to_match: ['a', 'b'], units_to_exclude: ['?'] } },
    'readers.sys.units_to_exclude: leaves none of "units_to_match": nothing is selected',
  ],
  ['units to match of which some are left', { reader: { units_to_match: ['a', 'bc'], units_to_exclude: ['?'] } }],
  [
    'fields to redact without secrets',
    { reader: { secret_filter_fields: ['MESSAGE'] } },
    'readers.sys.secret_filter_fields: has no effect without "secret_filters"',
  ],
];

for (const [title, keys, ...warnings] of warned) {
  test(`${warnings.length > 0 ? 'warns of' : 'accepts'} ${title}`, async () => {
    assert.deepEqual(await warningsOf(keys), warnings);
  });
}

const OUT = 'readers.sys.senders.out';
const TYPES = '"whitelist", "blacklist", "include" or "exclude"';

const refused: readonly (readonly [title: string, keys: Keys, ...faults: string[]])[] = [
  // Field filters
  ...['Whitelist', 'whitelst', 'WHITELIST', 'blacklist '].map((type): [string, Keys, string] => [
    `the type ${type}`,
    { top: { field_filters: { a: { type, fields: [] } } } },
    `field_filters.a.type: must be ${TYPES}, got "${type}"; did you mean "${/white/i.test(type) ? 'whitelist' : 'blacklist'}"?`,
  ]),
  [
    'a filter without its fields',
    { top: { field_filters: { a: { type: 'include' } } } },
    'field_filters.a: "fields" is missing',
  ],
  ['a filter without a type', { top: { field_filters: { a: { fields: [] } } } }, 'field_filters.a: "type" is missing'],
  [
    'a filter that is a list',
    { top: { field_filters: { a: ['MESSAGE'] } } },
    'field_filters.a: must be an object, got a list',
  ],
  [
    'a filter without a name',
    { top: { field_filters: { '': few } } },
    'field_filters: the name "" must be a non-empty string other than "__proto__"',
  ],
  [
    'a field that is a number',
    { top: { field_filters: { a: { type: 'include', fields: [1] } } } },
    'field_filters.a.fields.0: must be a string, got 1',
  ],

  // Unit log levels
  [
    'a level that is none',
    { top: { unit_log_levels: { a: [{ service_glob: '*', log_level: 'LOUD' }] } } },
    `unit_log_levels.a.0.log_level: must be ${LEVELS}, got "LOUD"`,
  ],
  [
    'a level as number',
    { top: { unit_log_levels: { a: [{ service_glob: '*', log_level: 3 }] } } },
    `unit_log_levels.a.0.log_level: must be ${LEVELS}, got 3`,
  ],
  [
    'a rule without a level',
    { top: { unit_log_levels: { a: [{ service_glob: '*' }] } } },
    'unit_log_levels.a.0: "log_level" is missing',
  ],
  [
    'a rule without a glob',
    { top: { unit_log_levels: { a: [{ log_level: 'INFO' }] } } },
    'unit_log_levels.a.0: "service_glob" is missing',
  ],
  [
    'rules that are no list',
    { top: { unit_log_levels: { a: { service_glob: '*', log_level: 'INFO' } } } },
    'unit_log_levels.a: must be a list of objects, got an object',
  ],
  [
    'a rule of choice that is none',
    { top: { unit_log_level_rule: 'last' } },
    'unit_log_level_rule: must be "first" or "strictest", got "last"',
  ],
  [
    'a glob that is the wrong way round',
    { top: { unit_log_levels: { x: [{ service_glob: 'a[z-b]', log_level: 'INFO' }] } } },
    'unit_log_levels.x.0.service_glob: the range "z-b" is the wrong way round: nothing is in it',
  ],
  [
    'a glob of control characters',
    { reader: { units_to_exclude: ['*', '[\n-\u0001]'] } },
    'readers.sys.units_to_exclude.1: the range "\\u000a-\\u0001" is the wrong way round: nothing is in it',
  ],
  [
    'a glob that is too long',
    { reader: { units_to_exclude: ['x'.repeat(1025)] } },
    'readers.sys.units_to_exclude.0: the glob is longer than 1024 characters',
  ],
  [
    'a glob in a reader that is disabled',
    { reader: { enabled: false, units_to_exclude: ['[1-0]'] } },
    'readers.sys.units_to_exclude.0: the range "1-0" is the wrong way round: nothing is in it',
  ],

  // Names
  [
    'a misspelt filter',
    { top: { field_filters: { fields_few: few } }, sender: { field_filter: 'field_few' } },
    `${OUT}.field_filter: there is no "field_few" in "field_filters"; did you mean "fields_few"?`,
  ],
  [
    'a filter that there is not',
    { sender: { field_filter: 'few' } },
    `${OUT}.field_filter: there is no "few" in "field_filters"`,
  ],
  [
    'a filter like a built-in',
    { sender: { field_filter: 'constructor' } },
    `${OUT}.field_filter: there is no "constructor" in "field_filters"`,
  ],
  [
    'a misspelt list of levels',
    { top: { unit_log_levels: { quiet } }, sender: { unit_log_level: 'quit' } },
    `${OUT}.unit_log_level: there is no "quit" in "unit_log_levels"; did you mean "quiet"?`,
  ],
  [
    'the plural in a sender',
    { sender: { unit_log_levels: 'quiet' } },
    `${OUT}: unknown key "unit_log_levels"; it belongs at the top level`,
  ],

  // Selection
  [
    'a priority of 8',
    { reader: { min_priority: 8 } },
    `readers.sys.min_priority: must be ${LEVELS}, "EMERG", "CRIT", "ERR" or an integer from 0 to 7, got 8`,
  ],
  [
    'a priority that is none',
    { reader: { min_priority: 'loud' } },
    `readers.sys.min_priority: must be ${LEVELS}, "EMERG", "CRIT", "ERR" or an integer from 0 to 7, got "loud"`,
  ],
  [
    'a unit to exclude outside a list',
    { reader: { units_to_exclude: 'a' } },
    'readers.sys.units_to_exclude: must be a list of strings, got the string "a"',
  ],

  // Secrets and searches
  [
    'a secret without a replacement',
    { reader: { secret_filters: [{ pattern: 'x' }] } },
    'readers.sys.secret_filters.0: "replacement" is missing',
  ],
  [
    'a secret without a pattern',
    { reader: { secret_filters: [{ replacement: 'x' }] } },
    'readers.sys.secret_filters.0: "pattern" is missing',
  ],
  [
    'a pattern that RE2 has not',
    {
      reader: {
        secret_filters: [
          { pattern: 'a', replacement: '' },
          { pattern: '(?=a)', replacement: '\\1' },
        ],
      },
    },
    'readers.sys.secret_filters.1.pattern: (?= is a look-ahead, which RE2 cannot match in linear time and therefore does not have; write the pattern without it',
  ],
  [
    'a replacement that names a group that there is not',
    {
      reader: {
        secret_filters: [
          { pattern: '(a)(?P<n>b)', replacement: '\\2\\g<n>\\g<0>' },
          { pattern: '(a)', replacement: '\\2' },
          { pattern: 'a', replacement: '\\g<n>' },
        ],
      },
    },
    'readers.sys.secret_filters.1.replacement: the pattern has no group 2: it has 1 (character 1 of the replacement)',
    'readers.sys.secret_filters.2.replacement: the pattern has no group named "n" (character 1 of the replacement)',
  ],
  [
    'a pattern of a search that is not closed',
    { reader: { searches: [{ name: 's', fields: { MESSAGE: 'ok', _UID: '(' } }] } },
    'readers.sys.searches.0.fields._UID: the group that ( opens is not closed (character 1 of the pattern)',
  ],
  [
    'tags that are calls of nothing',
    {
      reader: {
        searches: [
          { name: 's', tags: { a: 'ip_to_geohash(ip)' } },
          { name: 't', tags: { b: 'ip_to_city(ip)', c: '(' } },
        ],
      },
    },
    'readers.sys.searches.0.tags.a: ip_to_geohash needs a GeoIP database: set `geoip_database` at the top level',
    'readers.sys.searches.1.tags.b: "ip_to_city" is no function; there is `ip_to_geohash`',
    'readers.sys.searches.1.tags.c: "(" is no call of a function, as `ip_to_geohash(tag)` is',
  ],
  [
    'an empty pattern',
    { reader: { secret_filters: [{ pattern: '', replacement: 'x' }] } },
    'readers.sys.secret_filters.0.pattern: must not be empty',
  ],
  [
    'secrets that are no list',
    { reader: { secret_filters: { pattern: 'x', replacement: '' } } },
    'readers.sys.secret_filters: must be a list of objects, got an object',
  ],
  [
    'a yes that is no boolean',
    { reader: { secret_filter_metrics: 'true' } },
    'readers.sys.secret_filter_metrics: must be true or false, got the string "true"',
  ],
  [
    'no field to redact in',
    { reader: { secret_filter_fields: [] } },
    'readers.sys.secret_filter_fields: must be a non-empty list of strings, got an empty list',
  ],
  ['a search without a name', { reader: { searches: [{ fields: {} }] } }, 'readers.sys.searches.0: "name" is missing'],
  [
    'searches that are no list',
    { reader: { searches: { name: 'a' } } },
    'readers.sys.searches: must be a list of objects, got an object',
  ],
  [
    'a tag that is a list',
    { reader: { searches: [{ name: 'a', tags: { a: [] } }] } },
    'readers.sys.searches.0.tags.a: must be a string or a number, got an empty list',
  ],

  // Metrics
  ['a tag that is true', { top: { tags: { a: true } } }, 'tags.a: must be a string or a number, got true'],
  [
    'two places for metrics',
    { top: { statsd: { host: 'a', port: 1, path: '/x' } } },
    'statsd: "path" and "host" or "port" exclude each other: give the socket or the server',
  ],
  [
    'a port of 0',
    { top: { statsd: { host: 'a', port: 0 } } },
    'statsd.port: must be an integer from 1 to 65535, got 0',
  ],
  [
    'a port as string',
    { top: { statsd: { host: 'a', port: '8125' } } },
    'statsd.port: must be an integer from 1 to 65535, got the string "8125"',
  ],
  [
    'places that are not known',
    { top: { geoip_database: '/nowhere/city.mmdb' } },
    "geoip_database: /nowhere/city.mmdb cannot be used as a GeoIP database: ENOENT: no such file or directory, open '/nowhere/city.mmdb'",
  ],
];

for (const [title, keys, ...faults] of refused) {
  test(`refuses ${title}`, async () => {
    assert.deepEqual(await faultsOf(keys), faults);
  });
}

test('refuses a GeoIP database that is none', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'geoip-'));
  const file = join(folder.path, 'city.mmdb');
  await writeFile(file, 'x');

  const [fault = '', ...others] = await faultsOf({ top: { geoip_database: file } });

  assert.ok(fault.startsWith(`geoip_database: ${file} cannot be used as a GeoIP database: `), fault);
  assert.deepEqual(others, []);
});

test('a tag may be a call where there is a GeoIP database, whatever is wrong with that', async () => {
  const searches = [{ name: 's', tags: { a: 'ip_to_geohash(ip)', b: 'ip_to_geohash(ip,4)', c: 1, d: 'text' } }];

  const faults = await faultsOf({ top: { geoip_database: '/nowhere/city.mmdb' }, reader: { searches } });

  assert.deepEqual(
    faults.map((fault) => fault.split(':')[0]),
    ['geoip_database'],
  );
});

test('an empty object in place of a list is an empty list, as journalpump has it by default', async () => {
  const text = JSON.stringify({ readers: { r: { searches: {}, secret_filters: {}, senders: {} } } });

  const { config } = await parseConfig('test.json', text);

  assert.deepEqual(config.readers['r']!.searches, []);
  assert.deepEqual(config.readers['r']!.secret_filters, []);
});

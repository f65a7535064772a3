/* eslint max-params: 'off' -- a line of a table is a call with a cell for each argument */
import type { Fields } from './through.ts';

/** One line of the table: an entry through a config, and what each sender must get of it. */
export interface Case {
  readonly title: string;
  /** The section of journalpump's behaviour that it shows, and whether it is kept. */
  readonly shows: 'kept' | 'fixed' | 'ours';
  readonly entry: Fields;
  /** Keys of the top level besides `readers`. */
  readonly top?: object;
  /** Keys of the reader besides `senders`. */
  readonly reader?: object;
  /** Keys of each sender besides its type and file; without: one sender `a` without any. */
  readonly senders?: Readonly<Record<string, object>>;
  /** For each sender the keys that its JSON must have (undefined: must not have), or null when it gets nothing. */
  readonly expect: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  /** The JSON must have these keys and no others. */
  readonly exact?: boolean;
  readonly hits?: readonly { readonly name: string; readonly tags: object }[];
}

const nginx: Fields = [
  ['MESSAGE', 'hello'],
  ['PRIORITY', '6'],
  ['_SYSTEMD_UNIT', 'nginx.service'],
  ['_PID', '42'],
];

/** §4: what an entry looks like. */
const conversion: Case[] = [
  ...(
    [
      ['PRIORITY', '6', 6],
      ['CODE_LINE', '123', 123],
      ['_PID', '42', 42],
      ['_GID', '0', 0],
      ['_AUDIT_LOGINUID', '4294967295', 4294967295],
      ['_AUDIT_SESSION', '3', 3],
      ['_UID', '1000', '1000'],
      ['SYSLOG_FACILITY', '3', '3'],
      ['SYSLOG_PID', '77', '77'],
      ['ERRNO', '2', '2'],
      ['MESSAGE_ID', '39f53479d3a045ac8e11786248231fbf', '39f53479-d3a0-45ac-8e11-786248231fbf'],
      ['_MACHINE_ID', '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d', '5d0f3c1e-9a4b-4c7d-8e6f-70819a2b3c4d'],
      ['_SOURCE_REALTIME_TIMESTAMP', '1767225600000987', 1767225600.000987],
      ['COREDUMP_TIMESTAMP', '1767225600000000', 1767225600],
      ['_SOURCE_MONOTONIC_TIMESTAMP', '5001000', null],
      ['PRIORITY', 'high', 'high'],
      ['MESSAGE_ID', 'not-a-uuid', 'not-a-uuid'],
      ['_PID', ' 7 ', 7],
      ['MESSAGE', '', ''],
      ['MESSAGE', 'größe 🚀', 'größe 🚀'],
      ['MESSAGE', 'two\nlines', 'two\nlines'],
    ] as const
  ).map(([name, value, expected]): Case => ({
    title: `${name}=${JSON.stringify(value)} becomes ${JSON.stringify(expected)}`,
    shows: 'kept',
    entry: [[name, value]],
    expect: { a: { [name.replace(/^_+/, '')]: expected } },
  })),
  {
    title: 'bytes that are no UTF-8 become the text of their repr',
    shows: 'kept',
    entry: [['MESSAGE', Buffer.from([0xff, 0xfe, 0x41])]],
    expect: { a: { MESSAGE: "b'\\xff\\xfeA'" } },
  },
  {
    title: 'a repeated field becomes a list of texts',
    shows: 'kept',
    entry: ['a', 'b', 'c'].map((value) => ['TAG', value] as const),
    expect: { a: { TAG: ['a', 'b', 'c'] } },
  },
  {
    title: 'a repeated number does not cost the entry',
    shows: 'fixed',
    entry: [
      ['PRIORITY', '6'],
      ['PRIORITY', '3'],
    ],
    expect: { a: { PRIORITY: [6, 3] } },
  },
  {
    title: 'of _PID and PID the trusted one wins, wherever it stands',
    shows: 'fixed',
    entry: [
      ['PID', 'forged'],
      ['_PID', '42'],
      ['UID', '0'],
      ['_UID', '1000'],
    ],
    expect: { a: { PID: 42, UID: '1000' } },
  },
  {
    title: 'leading underscores go, letters keep their case, and timestamp is added',
    shows: 'kept',
    entry: nginx,
    expect: {
      a: {
        MESSAGE: 'hello',
        PRIORITY: 6,
        SYSTEMD_UNIT: 'nginx.service',
        PID: 42,
        BOOT_ID: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa',
        REALTIME_TIMESTAMP: 1795216205.123456,
        MONOTONIC_TIMESTAMP: null,
        timestamp: '2026-11-20T23:10:05.123456',
      },
    },
    exact: true,
  },
];

const filtered = (type: string, fields: readonly string[]): object => ({ field_filters: { f: { type, fields } } });
const withFilter = { a: { field_filter: 'f' } };

/** §5.2: field filters. */
const fieldFilters: Case[] = [
  {
    title: 'a whitelist keeps only what it lists',
    shows: 'kept',
    entry: nginx,
    top: filtered('whitelist', ['MESSAGE', 'timestamp']),
    senders: withFilter,
    expect: { a: { MESSAGE: 'hello', timestamp: '2026-11-20T23:10:05.123456' } },
    exact: true,
  },
  {
    title: 'a blacklist leaves out what it lists',
    shows: 'kept',
    entry: nginx,
    top: filtered('blacklist', ['MESSAGE', 'BOOT_ID']),
    senders: withFilter,
    expect: { a: { MESSAGE: undefined, BOOT_ID: undefined, SYSTEMD_UNIT: 'nginx.service' } },
  },
  {
    title: 'include is another word for whitelist',
    shows: 'ours',
    entry: nginx,
    top: filtered('include', ['MESSAGE']),
    senders: withFilter,
    expect: { a: { MESSAGE: 'hello' } },
    exact: true,
  },
  {
    title: 'exclude is another word for blacklist',
    shows: 'ours',
    entry: nginx,
    top: filtered('exclude', ['MESSAGE']),
    senders: withFilter,
    expect: { a: { MESSAGE: undefined, PID: 42 } },
  },
  ...['_SYSTEMD_UNIT', 'systemd_unit', 'SYSTEMD_UNIT', '__Systemd_Unit'].map((name): Case => ({
    title: `the name ${name} in a filter means SYSTEMD_UNIT`,
    shows: 'kept',
    entry: nginx,
    top: filtered('whitelist', [name]),
    senders: withFilter,
    expect: { a: { SYSTEMD_UNIT: 'nginx.service' } },
    exact: true,
  })),
  {
    title: 'a whitelist that matches nothing still sends an empty object',
    shows: 'kept',
    entry: nginx,
    top: filtered('whitelist', ['NOTHING']),
    senders: withFilter,
    expect: { a: {} },
    exact: true,
  },
  {
    title: 'extra fields are subject to the filter',
    shows: 'kept',
    entry: nginx,
    top: filtered('whitelist', ['MESSAGE', 'env']),
    senders: { a: { field_filter: 'f', extra_field_values: { env: 'prod', dc: 'eu' } } },
    expect: { a: { MESSAGE: 'hello', env: 'prod' } },
    exact: true,
  },
  {
    title: 'a blacklist takes away timestamp too',
    shows: 'kept',
    entry: nginx,
    top: filtered('blacklist', ['Timestamp']),
    senders: withFilter,
    expect: { a: { timestamp: undefined, MESSAGE: 'hello' } },
  },
  {
    title: 'an empty name of a filter means none',
    shows: 'kept',
    entry: nginx,
    senders: { a: { field_filter: '' }, b: { field_filter: null } },
    expect: { a: { MESSAGE: 'hello', PID: 42 }, b: { MESSAGE: 'hello', PID: 42 } },
  },
];

/** §5.4 and the bugs of journalpump's JSON cache. */
const extraFields: Case[] = [
  {
    title: 'extra fields override fields of the entry',
    shows: 'kept',
    entry: nginx,
    senders: { a: { extra_field_values: { MESSAGE: 'other', n: 1, list: [1, null, { x: true }] } } },
    expect: { a: { MESSAGE: 'other', n: 1, list: [1, null, { x: true }] } },
  },
  {
    title: "one sender's extra fields do not leak into the next",
    shows: 'fixed',
    entry: nginx,
    senders: { a: { extra_field_values: { env: 'prod' } }, b: {} },
    expect: { a: { env: 'prod' }, b: { env: undefined } },
  },
  {
    title: 'senders with one filter and different extra fields each get their own',
    shows: 'fixed',
    entry: nginx,
    top: filtered('blacklist', ['PID']),
    senders: {
      a: { field_filter: 'f', extra_field_values: { env: 'prod' } },
      b: { field_filter: 'f', extra_field_values: { env: 'test' } },
    },
    expect: { a: { env: 'prod', PID: undefined }, b: { env: 'test', PID: undefined } },
  },
  {
    title: 'extra fields that are no object are ignored',
    shows: 'kept',
    entry: nginx,
    senders: { a: { extra_field_values: 'prod' } },
    expect: { a: { MESSAGE: 'hello' } },
  },
];

const levels = (...rules: [string, string][]): object => ({
  unit_log_levels: { l: rules.map(([service_glob, log_level]) => ({ service_glob, log_level })) },
});
const withLevel = { a: { unit_log_level: 'l' } };
const unitCase = (title: string, entry: Fields, top: object, passes: boolean, shows: Case['shows'] = 'kept'): Case => ({
  title,
  shows,
  entry,
  top,
  senders: withLevel,
  expect: { a: passes ? {} : null },
});

/** §5.3: unit log levels. */
const unitLogLevels: Case[] = [
  unitCase('an entry less important than the level is dropped', nginx, levels(['nginx.service', 'WARNING']), false),
  unitCase('an entry of just that level passes', nginx, levels(['nginx.service', 'INFO']), true),
  unitCase('a unit that no glob matches passes', nginx, levels(['sshd.service', 'EMERGENCY']), true),
  unitCase('an empty list lets everything pass', nginx, { unit_log_levels: { l: [] } }, true),
  unitCase('* in a glob', nginx, levels(['ng*', 'ERROR']), false),
  unitCase('? in a glob', nginx, levels(['ngin?.service', 'ERROR']), false),
  unitCase('[seq] in a glob', nginx, levels(['[mn]ginx.service', 'ERROR']), false),
  unitCase('[!seq] in a glob', nginx, levels(['[!n]ginx.service', 'ERROR']), true),
  unitCase('a glob must match the whole name', nginx, levels(['nginx', 'ERROR']), true),
  unitCase('globs heed case', nginx, levels(['NGINX*', 'ERROR']), true),
  unitCase('braces mean themselves', nginx, levels(['{nginx,sshd}.service', 'ERROR']), true),
  unitCase('a level in lower case', nginx, levels(['nginx*', 'warning']), false, 'fixed'),
  unitCase('without a unit an entry passes', [['PRIORITY', '7']], levels(['*', 'ERROR']), true),
  unitCase('without a priority an entry passes', [['_SYSTEMD_UNIT', 'a.service']], levels(['*', 'ERROR']), true),
  unitCase(
    'priority 0 passes',
    [
      ['_SYSTEMD_UNIT', 'a.service'],
      ['PRIORITY', '0'],
    ],
    levels(['*', 'EMERGENCY']),
    true,
  ),
  unitCase(
    'of several rules the first that matches counts',
    nginx,
    levels(['nginx*', 'DEBUG'], ['*', 'ERROR']),
    true,
    'fixed',
  ),
  unitCase(
    'unit_log_level_rule "strictest" is what the code of journalpump does',
    nginx,
    { ...levels(['nginx*', 'DEBUG'], ['*', 'ERROR']), unit_log_level_rule: 'strictest' },
    false,
  ),
  {
    title: 'the level is looked at before the filter, whatever an earlier sender has filtered',
    shows: 'fixed',
    entry: nginx,
    top: { ...filtered('whitelist', ['MESSAGE']), ...levels(['nginx*', 'ERROR']) },
    senders: { a: { field_filter: 'f' }, b: { field_filter: 'f', unit_log_level: 'l' } },
    expect: { a: { MESSAGE: 'hello' }, b: null },
  },
  {
    title: 'extra fields come before the level',
    shows: 'kept',
    entry: nginx,
    top: levels(['nginx*', 'ERROR']),
    senders: { a: { unit_log_level: 'l', extra_field_values: { PRIORITY: 2 } } },
    expect: { a: { PRIORITY: 2 } },
  },
];

const matched = (title: string, key: string, value: unknown, passes: boolean, entry: Fields = nginx): Case => ({
  title,
  shows: 'kept',
  entry,
  reader: value === undefined ? { match_key: key } : { match_key: key, match_value: value },
  expect: { a: passes ? {} : null },
});

/** §3: match_key and match_value. */
const matches: Case[] = [
  matched('match_key has no underscores', 'SYSTEMD_UNIT', 'nginx.service', true),
  matched('another value is dropped', 'SYSTEMD_UNIT', 'sshd.service', false),
  matched('numbers compare as numbers', 'PRIORITY', 6, true),
  matched('a number is no text', 'PRIORITY', '6', false),
  matched('a uuid compares with its dashes', 'BOOT_ID', 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', true),
  matched('without match_value only entries that lack the field pass', 'CONTAINER_ID', undefined, true),
  matched('without match_value entries that have the field are dropped', 'MESSAGE', undefined, false),
  matched('match_value null is the same as none', 'CONTAINER_ID', null, true),
  matched('a repeated field compares as a list', 'TAG', ['a', 'b'], true, [
    ['TAG', 'a'],
    ['TAG', 'b'],
  ]),
  {
    title: 'the top level and the reader must both match',
    shows: 'kept',
    entry: nginx,
    top: { match_key: 'PRIORITY', match_value: 6 },
    reader: { match_key: 'SYSTEMD_UNIT', match_value: 'sshd.service' },
    expect: { a: null },
  },
];

const secret = (pattern: string, replacement: string, more: object = {}): object => ({
  secret_filters: [{ pattern, replacement }],
  ...more,
});
const redacted = (
  title: string,
  message: string,
  reader: object,
  expected: string,
  shows: Case['shows'] = 'kept',
): Case => ({
  title,
  shows,
  entry: [['MESSAGE', message]],
  reader,
  expect: { a: { MESSAGE: expected } },
});

/** §5.1: secret filters. */
const secretFilters: Case[] = [
  redacted('all occurrences are replaced', 'pw=a pw=b', secret('pw=\\w+', 'pw=***'), 'pw=*** pw=***'),
  redacted('a pattern that is not there changes nothing', 'hello', secret('pw=\\w+', 'x'), 'hello'),
  redacted('groups by number', 'user=bob pw=x', secret('(user)=(\\w+)', '\\1=<\\2>'), 'user=<bob> pw=x'),
  redacted('groups by name', 'user=bob', secret('user=(?P<who>\\w+)', '[\\g<who>]'), '[bob]'),
  redacted('\\g<0> is the whole match', 'abc', secret('b', '<\\g<0>>'), 'a<b>c'),
  redacted('$ in a replacement is a $', 'abc', secret('b', '$1$&'), 'a$1$&c'),
  redacted('an empty replacement', 'a secret b', secret(' secret', ''), 'a b'),
  redacted('inline flags', 'PassWord=X', secret('(?i)password=\\w', '-'), '-'),
  redacted('in Python, \\w has umlauts', 'pw=größe!', secret('pw=\\w+', '-'), '-!'),
  {
    title: 'patterns apply in order, each to what the former left',
    shows: 'kept',
    entry: [['MESSAGE', 'one']],
    reader: {
      secret_filters: [
        { pattern: 'one', replacement: 'two' },
        { pattern: 'two', replacement: 'three' },
      ],
    },
    expect: { a: { MESSAGE: 'three' } },
  },
  {
    title: 'every text field is redacted, not only MESSAGE',
    shows: 'fixed',
    entry: [
      ['MESSAGE', 'x'],
      ['_CMDLINE', '/bin/app --password=hunter2'],
    ],
    reader: secret('password=\\S+', 'password=***'),
    expect: { a: { CMDLINE: '/bin/app --password=***' } },
  },
  {
    title: 'secret_filter_fields narrows it to some',
    shows: 'ours',
    entry: [
      ['MESSAGE', 'password=a'],
      ['_CMDLINE', 'password=b'],
    ],
    reader: secret('password=\\S+', '***', { secret_filter_fields: ['message'] }),
    expect: { a: { MESSAGE: '***', CMDLINE: 'password=b' } },
  },
  {
    title: 'numbers, times and ids are left alone',
    shows: 'ours',
    entry: [
      ['PRIORITY', '6'],
      ['MESSAGE_ID', '39f53479d3a045ac8e11786248231fbf'],
      ['MESSAGE', '6'],
    ],
    reader: secret('[0-9a-f]+', '#'),
    expect: { a: { PRIORITY: 6, MESSAGE_ID: '39f53479-d3a0-45ac-8e11-786248231fbf', MESSAGE: '#' } },
  },
  {
    title: 'a list of messages is redacted and not lost',
    shows: 'fixed',
    entry: [
      ['MESSAGE', 'pw=a'],
      ['MESSAGE', 'pw=b'],
    ],
    reader: secret('pw=\\w', '-'),
    expect: { a: { MESSAGE: ['-', '-'] } },
  },
];

const searches = (fields: object, tags: object = {}): object => ({ searches: [{ name: 'found', fields, tags }] });

/** §6: searches. */
const searchCases: Case[] = [
  {
    title: 'named groups become tags, static tags override them',
    shows: 'kept',
    entry: [['MESSAGE', 'GET /a 200']],
    reader: searches({ MESSAGE: '(?P<verb>GET|POST) .* (?P<code>\\d+)' }, { code: 'ok', kind: 'web' }),
    expect: { a: {} },
    hits: [{ name: 'found', tags: { verb: 'GET', code: 'ok', kind: 'web' } }],
  },
  {
    title: 'an entry that no search hits is dropped',
    shows: 'kept',
    entry: nginx,
    reader: searches({ MESSAGE: 'nowhere' }),
    expect: { a: null },
    hits: [],
  },
  {
    title: 'names of fields are the original ones',
    shows: 'kept',
    entry: nginx,
    reader: searches({ _SYSTEMD_UNIT: '^nginx' }),
    expect: { a: {} },
    hits: [{ name: 'found', tags: {} }],
  },
  {
    title: 'all fields of a search must hit',
    shows: 'kept',
    entry: nginx,
    reader: searches({ MESSAGE: 'hello', _SYSTEMD_UNIT: 'sshd' }),
    expect: { a: null },
  },
  {
    title: 'numbers are searched as text',
    shows: 'kept',
    entry: nginx,
    reader: searches({ PRIORITY: '^6$' }),
    expect: { a: {} },
    hits: [{ name: 'found', tags: {} }],
  },
  {
    title: 'a search on a time does not cost the entry',
    shows: 'fixed',
    entry: nginx,
    reader: searches({ __REALTIME_TIMESTAMP: '^1795216205' }),
    expect: { a: {} },
    hits: [{ name: 'found', tags: {} }],
  },
  {
    title: 'any value of a repeated field may hit',
    shows: 'fixed',
    entry: [
      ['TAG', 'a'],
      ['TAG', 'b'],
    ],
    reader: searches({ TAG: '(?P<tag>b)' }),
    expect: { a: { TAG: ['a', 'b'] } },
    hits: [{ name: 'found', tags: { tag: 'b' } }],
  },
  {
    title: 'an empty or missing field is no hit',
    shows: 'kept',
    entry: [['MESSAGE', '']],
    reader: searches({ MESSAGE: '.*' }),
    expect: { a: null },
  },
  {
    title: 'a search without fields hits every entry',
    shows: 'kept',
    entry: nginx,
    reader: searches({}, { all: 'yes' }),
    expect: { a: {} },
    hits: [{ name: 'found', tags: { all: 'yes' } }],
  },
  {
    title: 'groups that took no part are no tags',
    shows: 'kept',
    entry: [['MESSAGE', 'b']],
    reader: searches({ MESSAGE: '(?P<a>a)|(?P<b>b)' }),
    expect: { a: {} },
    hits: [{ name: 'found', tags: { b: 'b' } }],
  },
  {
    title: 'searches see the redacted text: no secret becomes a tag',
    shows: 'fixed',
    entry: [['MESSAGE', 'password=hunter2']],
    reader: { ...searches({ MESSAGE: 'password=(?P<word>\\S+)' }), ...secret('hunter2', '***') },
    expect: { a: { MESSAGE: 'password=***' } },
    hits: [{ name: 'found', tags: { word: '***' } }],
  },
];

/** All that a moved config must give, quirks that are kept and bugs that are not. */
export const cases: readonly Case[] = [
  ...conversion,
  ...fieldFilters,
  ...extraFields,
  ...unitLogLevels,
  ...matches,
  ...secretFilters,
  ...searchCases,
];

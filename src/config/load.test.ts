import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './load.ts';
import type { Config } from './schema.ts';

const STATE = { json_state_file_path: '/nowhere/state.json' };

async function load(value: unknown): Promise<Config> {
  const { config } = await parseConfig('x.json', JSON.stringify(value));
  return config;
}

function fileSender(name: string, more: object = {}): object {
  return { [name]: { output_type: 'file', file_output: `/nowhere/${name}.jsonl`, ...more } };
}

const EVERY_DEFAULT = {
  json_state_file_path: '/nowhere/state.json',
  log_level: 'info',
  field_filters: {},
  unit_log_levels: {},
  unit_log_level_rule: 'first',
  ship_own_logs: false,
  tags: {},
  msg_buffer_max_length: 50_000,
  msg_buffer_max_bytes: 5_242_880,
  shutdown_timeout: 10,
  isolation_timeout: 5,
  stall_check_interval: 60,
  state_save_interval: 1,
  dead_letter_max_bytes: 67_108_864,
  journalctl_path: 'journalctl',
  readers: {
    sys: {
      enabled: true,
      initial_position: 'head',
      journal_flags: [],
      units_to_match: [],
      units_to_exclude: [],
      ship_own_logs: false,
      secret_filters: [],
      secret_filter_metrics: false,
      searches: [],
      threshold_for_metric_emit: 10,
      msg_buffer_max_length: 50_000,
      msg_buffer_max_bytes: 5_242_880,
      senders: {
        out: {
          output_type: 'file',
          enabled: true,
          format: 'journalpump',
          max_entry_bytes: 1_048_576,
          extra_field_values: {},
          options: {
            file_output: '/nowhere/out.jsonl',
            fsync: 'batch',
            fsync_interval: 1,
            file_mode: '0640',
            create_directories: false,
            directory_mode: '0750',
            max_open_files: 2048,
          },
        },
      },
    },
  },
};

test('fills in every default', async () => {
  const config = await load({ ...STATE, readers: { sys: { senders: fileSender('out') } } });

  assert.deepEqual(config, EVERY_DEFAULT);
});

test('takes a config as journalpump users write it, without a warning', async () => {
  const text = `{
    "log_level": "INFO",
    "json_state_file_path": "/nowhere/journalpump_state.json",
    "msg_buffer_max_length": 1000,
    "match_key": "HOSTNAME",
    "match_value": "db1",
    "readers": {
      "my_reader": {
        "initial_position": 30,
        "journal_path": "/nowhere/journal",
        "match_key": "SYSTEMD_UNIT",
        "match_value": null,
        "units_to_match": ["sshd.service", "cron.service"],
        "senders": {
          "log_archive": {
            "output_type": "file",
            "file_output": "/nowhere/journal.log",
            "max_send_interval": 0.3,
            "extra_field_values": {"env": "prod", "labels": {"a": [1, null, true]}}
          }
        }
      },
      "files": {
        "journal_files": ["/nowhere/a.journal"],
        "senders": {"x": {"output_type": "file", "file_output": "/nowhere/x.log"}}
      },
      "namespace": {
        "initial_position": "tail",
        "journal_namespace": "ns1",
        "senders": {"x": {"output_type": "file", "file_output": "/nowhere/y.log"}}
      }
    }
  }`;

  const { config, warnings } = await parseConfig('x.json', text);

  assert.deepEqual(warnings, []);
  assert.equal(config.match_value, 'db1');
  const reader = config.readers['my_reader']!;
  assert.equal(reader.initial_position, 30);
  assert.equal(reader.match_key, 'SYSTEMD_UNIT');
  assert.equal(reader.match_value, undefined);
  assert.equal(reader.msg_buffer_max_length, 1000);
  assert.equal(reader.senders['log_archive']?.max_send_interval, 0.3);
  assert.deepEqual(reader.senders['log_archive'].extra_field_values, { env: 'prod', labels: { a: [1, null, true] } });
  assert.deepEqual(config.readers['files']?.journal_files, ['/nowhere/a.journal']);
  assert.equal(config.readers['namespace']?.journal_namespace, 'ns1');
});

const levels = [
  ['debug', ['DEBUG', 'debug', 'Debug', 'NOTSET', 0, 10, 5]],
  ['info', ['INFO', 'info', 20, null]],
  ['warn', ['WARNING', 'WARN', 'warn', 30, 25]],
  ['error', ['ERROR', 'CRITICAL', 'FATAL', 'fatal', 40, 50]],
] as const;

for (const [level, given] of levels) {
  test(`log_level ${JSON.stringify(given)} means ${level}`, async () => {
    for (const log_level of given) assert.equal((await load({ log_level, readers: {} })).log_level, level);
  });
}

const flags: readonly (readonly [given: unknown, expected: readonly string[]])[] = [
  [
    ['SYSTEM', 'LOCAL_ONLY'],
    ['LOCAL_ONLY', 'SYSTEM'],
  ],
  [['SYSTEM_ONLY', 'SYSTEM'], ['SYSTEM']],
  [['CURRENT_USER'], ['CURRENT_USER']],
  [[], []],
  [null, []],
  [0, []],
  [2, ['RUNTIME_ONLY']],
  [13, ['LOCAL_ONLY', 'SYSTEM', 'CURRENT_USER']],
];

for (const key of ['journal_flags', 'flags']) {
  for (const [given, expected] of flags) {
    test(`${key} ${JSON.stringify(given)} means ${JSON.stringify(expected)}`, async () => {
      const config = await load({ readers: { r: { [key]: given } } });

      assert.deepEqual(config.readers['r']?.journal_flags, expected);
      assert.ok(!('flags' in config.readers['r']));
    });
  }
}

test('OS_ROOT makes journal_path a root directory', async () => {
  const config = await load({ readers: { r: { journal_path: '/mnt', journal_flags: ['OS_ROOT'] } } });

  assert.deepEqual(config.readers['r']?.journal_flags, ['OS_ROOT']);
});

test("a reader's own limits go before those of the top level", async () => {
  const config = await load({
    msg_buffer_max_length: 7,
    msg_buffer_max_bytes: 4096,
    readers: { own: { msg_buffer_max_length: 5 }, plain: {} },
  });

  assert.equal(config.readers['own']?.msg_buffer_max_length, 5);
  assert.equal(config.readers['own'].msg_buffer_max_bytes, 4096);
  assert.equal(config.readers['plain']?.msg_buffer_max_length, 7);
});

test('what is disabled stays in the config', async () => {
  const config = await load({
    readers: {
      off: { enabled: false, senders: fileSender('a') },
      on: { senders: fileSender('b', { enabled: false }) },
    },
  });

  assert.equal(config.readers['off']?.enabled, false);
  assert.equal(config.readers['on']?.senders['b']?.enabled, false);
});

test('null for a key that is not required is the same as leaving it out', async () => {
  const reader = {
    enabled: null,
    initial_position: null,
    journal_path: null,
    journal_files: null,
    journal_flags: null,
    flags: ['SYSTEM'],
    journal_namespace: null,
    units_to_match: null,
    msg_buffer_max_length: null,
    senders: fileSender('out', { extra_field_values: null, max_send_interval: null, fsync: null, format: null }),
  };

  const config = await load({ ...STATE, log_level: null, match_key: null, readers: { r: reader } });

  const plain = await load({ ...STATE, readers: { r: { flags: ['SYSTEM'], senders: fileSender('out') } } });
  assert.deepEqual(config, plain);
});

test('accepts names like those of built-in members', async () => {
  const { config } = await parseConfig('x.json', '{"readers": {"constructor": {}, "toString": {}}}');

  assert.deepEqual(Object.keys(config.readers), ['constructor', 'toString']);
});

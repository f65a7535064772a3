import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { senderDefinitions } from '../senders/registry.ts';
import { parseConfig } from './load.ts';
import { wantedOf } from './wanted.ts';

async function faultsOf(config: unknown): Promise<string[]> {
  try {
    await parseConfig('x.json', typeof config === 'string' ? config : JSON.stringify(config));
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
}

const top = (keys: object): unknown => ({ readers: {}, ...keys });
const reader = (keys: object): unknown => ({ readers: { sys: keys } });
const sender = (keys: object): unknown => reader({ senders: { out: { output_type: 'file', ...keys } } });
const file = (keys: object): unknown => sender({ file_output: '/nowhere/x', ...keys });

/** What output_type may be. */
const TYPES = wantedOf({ type: 'string', enum: senderDefinitions.map(({ type }) => type), description: '' });
const OUT = 'readers.sys.senders.out';
const LEVELS = 'one of "DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "NOTSET"';
const FLAGS = '"LOCAL_ONLY", "RUNTIME_ONLY", "SYSTEM", "SYSTEM_ONLY", "CURRENT_USER" or "OS_ROOT"';
const NAME =
  'must be 1 to 128 characters long, without "/" and control characters, and none of ".", ".." and "__proto__"';
const POSITION = '"head" or "tail" or an integer from 0 to 1000000000';

const cases: readonly (readonly [title: string, config: unknown, ...faults: string[]])[] = [
  ['a list', [], 'must be an object, got an empty list'],
  ['a number', 3, 'must be an object, got 3'],
  ['null', 'null', 'must be an object, got null'],
  ['no readers', {}, '"readers" is missing'],
  ['null for readers', { readers: null }, 'readers: must be an object, got null'],
  ['a list of readers', { readers: [1] }, 'readers: must be an object, got a list'],
  ['a reader that is a string', { readers: { a: 'x' } }, 'readers.a: must be an object, got the string "x"'],

  // Unknown keys
  [
    'a misspelt key of a sender',
    sender({ file_ouput: 'x' }),
    `${OUT}: unknown key "file_ouput"; did you mean "file_output"?`,
  ],
  [
    'a misspelt key of a reader',
    reader({ unit_to_match: [] }),
    'readers.sys: unknown key "unit_to_match"; did you mean "units_to_match"?',
  ],
  ['a misspelt key at the top', top({ logLevel: 'INFO' }), 'unknown key "logLevel"; did you mean "log_level"?'],
  ['a key of nowhere', top({ frobnicate: 1 }), 'unknown key "frobnicate"'],
  ['a key of a reader at the top', top({ journal_path: '/' }), 'unknown key "journal_path"; it belongs in a reader'],
  [
    'a key of a sender in a reader',
    reader({ output_type: 'file' }),
    'readers.sys: unknown key "output_type"; it belongs in a sender',
  ],
  [
    'a key of the file sender in a reader',
    reader({ fsync: 'batch' }),
    'readers.sys: unknown key "fsync"; it belongs in a sender of the type "file"',
  ],
  [
    'a key of the top in a reader',
    reader({ log_level: 'INFO' }),
    'readers.sys: unknown key "log_level"; it belongs at the top level',
  ],
  ['__proto__ at the top', '{"readers": {}, "__proto__": {"log_level": "INFO"}}', 'unknown key "__proto__"'],
  [
    '__proto__ in a sender',
    '{"readers": {"r": {"senders": {"s": {"output_type": "file", "file_output": "/nowhere/x", "__proto__": {}}}}}}',
    'readers.r.senders.s: unknown key "__proto__"',
  ],
  [
    'a kind that cannot be a text',
    sender({ output_type: { toString: '' } }),
    `${OUT}.output_type: must be ${TYPES}, got an object`,
  ],
  ['__proto__ as reader', '{"readers": {"__proto__": {}}}', `readers: the name "__proto__" ${NAME}`],
  [
    '__proto__ as extra field',
    `{"readers": {"r": {"senders": {"s": {"output_type": "file", "file_output": "/nowhere/x", "extra_field_values": {"__proto__": 1}}}}}}`,
    'readers.r.senders.s.extra_field_values: the name "__proto__" must be another one',
  ],
  ['constructor as key', top({ constructor: 1 }), 'unknown key "constructor"'],
  ['a key with control characters', top({ 'a\n\u001b[2J': 1 }), 'unknown key "a\\u000a\\u001b[2J"'],

  // Names
  ['an empty name', { readers: { '': {} } }, `readers: the name "" ${NAME}`],
  ['a name with a slash', { readers: { 'a/b': {} } }, `readers: the name "a/b" ${NAME}`],
  [
    'dots as name',
    reader({ senders: { '..': { output_type: 'file', file_output: '/nowhere/x' } } }),
    `readers.sys.senders: the name ".." ${NAME}`,
  ],
  ['a name with a newline', { readers: { 'a\nb': {} } }, `readers: the name "a\\u000ab" ${NAME}`],

  // Top level
  [
    'a level that is none',
    top({ log_level: 'loud' }),
    `log_level: must be ${LEVELS} or an integer from 0 to 50, got "loud"`,
  ],
  [
    'a level that is too high',
    top({ log_level: 51 }),
    `log_level: must be ${LEVELS} or an integer from 0 to 50, got 51`,
  ],
  [
    'a level that is true',
    top({ log_level: true }),
    `log_level: must be ${LEVELS} or an integer from 0 to 50, got true`,
  ],
  [
    'no queue',
    top({ msg_buffer_max_length: 0 }),
    'msg_buffer_max_length: must be an integer from 1 to 10000000, got 0',
  ],
  [
    'half an entry',
    top({ msg_buffer_max_length: 1.5 }),
    'msg_buffer_max_length: must be an integer from 1 to 10000000, got 1.5',
  ],
  [
    'a number as string',
    top({ msg_buffer_max_bytes: '4096' }),
    'msg_buffer_max_bytes: must be an integer from 1024 to 1073741824, got the string "4096"',
  ],
  ['a negative time', top({ shutdown_timeout: -1 }), 'shutdown_timeout: must be a number from 0 to 3600, got -1'],
  [
    'an endless time',
    '{"readers": {}, "isolation_timeout": 1e999}',
    'isolation_timeout: must be a number from 0.1 to 3600, got Infinity',
  ],
  ['no interval', top({ state_save_interval: 0 }), 'state_save_interval: must be a number from 0.01 to 3600, got 0'],
  ['an empty path', top({ json_state_file_path: '' }), 'json_state_file_path: must not be empty'],
  ['NUL in a path', top({ journalctl_path: 'a\0' }), 'journalctl_path: must not contain NUL'],
  ['an object as path', top({ json_state_file_path: {} }), 'json_state_file_path: must be a string, got an object'],

  // Reader
  [
    'a position that is none',
    reader({ initial_position: 'haed' }),
    `readers.sys.initial_position: must be ${POSITION}, got "haed"; did you mean "head"?`,
  ],
  [
    'a negative position',
    reader({ initial_position: -5 }),
    `readers.sys.initial_position: must be ${POSITION}, got -5`,
  ],
  [
    'a list as position',
    reader({ initial_position: ['head'] }),
    `readers.sys.initial_position: must be ${POSITION}, got a list`,
  ],
  [
    'a flag that is none',
    reader({ journal_flags: ['SYSTEM', 'USER'] }),
    `readers.sys.journal_flags.1: must be ${FLAGS}, got "USER"`,
  ],
  [
    'a misspelt flag',
    reader({ flags: ['LOCALONLY'] }),
    `readers.sys.flags.0: must be ${FLAGS}, got "LOCALONLY"; did you mean "LOCAL_ONLY"?`,
  ],
  [
    'a flag outside a list',
    reader({ journal_flags: 'SYSTEM' }),
    'readers.sys.journal_flags: must be a list of strings or an integer from 0 to 31, got the string "SYSTEM"',
  ],
  [
    'bits of no flag',
    reader({ journal_flags: 32 }),
    'readers.sys.journal_flags: must be a list of strings or an integer from 0 to 31, got 32',
  ],
  [
    'both names of one key',
    reader({ flags: 1, journal_flags: 4 }),
    'readers.sys: "flags" and "journal_flags" are the same key; give one of them',
  ],
  [
    'a number among units',
    reader({ units_to_match: ['a', 2, ''] }),
    'readers.sys.units_to_match.1: must be a string, got 2',
    'readers.sys.units_to_match.2: must not be empty',
  ],
  [
    'a unit outside a list',
    reader({ units_to_match: 'a' }),
    'readers.sys.units_to_match: must be a list of strings, got the string "a"',
  ],
  [
    'no files',
    reader({ journal_files: [] }),
    'readers.sys.journal_files: must be a non-empty list of strings, got an empty list',
  ],
  [
    'a yes that is no boolean',
    reader({ enabled: 'yes' }),
    'readers.sys.enabled: must be true or false, got the string "yes"',
  ],

  // Sender
  ['no type', reader({ senders: { out: {} } }), `${OUT}: "output_type" is missing`],
  [
    'a type that is none',
    reader({ senders: { out: { output_type: 'flie', x: 1 } } }),
    `${OUT}.output_type: must be ${TYPES}, got "flie"; did you mean "file"?`,
  ],
  [
    'a type that is a number',
    reader({ senders: { out: { output_type: 1 } } }),
    `${OUT}.output_type: must be ${TYPES}, got 1`,
  ],
  [
    'a type like a built-in',
    reader({ senders: { out: { output_type: 'constructor' } } }),
    `${OUT}.output_type: must be ${TYPES}, got "constructor"`,
  ],
  ['a sender that is a list', reader({ senders: { out: [] } }), `${OUT}: must be an object, got an empty list`],
  ['no file', sender({}), `${OUT}: "file_output" is missing`],
  ['null for a required key', sender({ file_output: null }), `${OUT}.file_output: must be a string, got null`],
  [
    'a format that is none',
    file({ format: 'json' }),
    `${OUT}.format: must be "journalpump", "journald", "ecs", "text" or "template", got "json"`,
  ],
  [
    'entries that are too small',
    file({ max_entry_bytes: 10 }),
    `${OUT}.max_entry_bytes: must be an integer from 1024 to 16777216, got 10`,
  ],
  [
    'a mode as number',
    file({ file_mode: 640 }),
    `${OUT}.file_mode: must be permissions as an octal string such as "0640", got 640`,
  ],
  [
    'a mode with an 8',
    file({ file_mode: '0680' }),
    `${OUT}.file_mode: must be permissions as an octal string such as "0640", got "0680"`,
  ],
  [
    'a misspelt fsync',
    file({ fsync: 'Batch' }),
    `${OUT}.fsync: must be "batch", "interval" or "never", got "Batch"; did you mean "batch"?`,
  ],
];

for (const [title, config, ...faults] of cases) {
  test(`refuses ${title}`, async () => {
    assert.deepEqual(await faultsOf(config), faults);
  });
}

test('tells all faults at once, of every kind', async () => {
  const text = `{
    "log_level": "loud", "log_level": "loud",
    "readers": {
      "a": {"journal_path": "/x", "journal_files": ["/y"], "tag": {}},
      "b": {"senders": {
        "x": {"output_type": "file", "file_output": "/nowhere/x"},
        "y": {"output_type": "file", "file_output": "/nowhere/./x", "fsync": 1}}}}}`;

  const faults = await faultsOf(text);

  assert.deepEqual(faults, [
    'the key "log_level" is given twice in line 2; keep one',
    'readers.a: unknown key "tag"',
    `log_level: must be ${LEVELS} or an integer from 0 to 50, got "loud"`,
    'readers.b.senders.y.fsync: must be "batch", "interval" or "never", got 1',
    'readers.a: "journal_path" and "journal_files" exclude each other: give the directory or the files',
    'readers.b.senders.y.file_output: writes the same file as readers.b.senders.x.file_output; each needs its own',
  ]);
});

const path = { journal_path: '/x' };
const files = { journal_files: ['/x'] };
const namespace = { journal_namespace: 'x' };
const conflicting: readonly (readonly [keys: object, pair: string])[] = [
  [{ ...path, ...files }, '"journal_path" and "journal_files"'],
  [{ ...path, ...namespace }, '"journal_path" and "journal_namespace"'],
  [{ ...files, ...namespace }, '"journal_files" and "journal_namespace"'],
  [{ ...path, journal_flags: ['RUNTIME_ONLY'] }, '"RUNTIME_ONLY" and "journal_path"'],
  [{ ...files, journal_flags: 2 }, '"RUNTIME_ONLY" and "journal_files"'],
  [{ ...namespace, flags: ['RUNTIME_ONLY'] }, '"RUNTIME_ONLY" and "journal_namespace"'],
  [{ ...path, journal_flags: ['LOCAL_ONLY'] }, '"LOCAL_ONLY" and "journal_path"'],
  [{ ...files, journal_flags: ['LOCAL_ONLY'] }, '"LOCAL_ONLY" and "journal_files"'],
  [{ ...files, journal_flags: ['SYSTEM_ONLY'] }, '"SYSTEM" and "journal_files"'],
  [{ ...files, journal_flags: 8 }, '"CURRENT_USER" and "journal_files"'],
  [{ ...files, journal_flags: ['OS_ROOT'] }, '"OS_ROOT" and "journal_files"'],
  [{ ...namespace, journal_flags: ['OS_ROOT'] }, '"OS_ROOT" and "journal_namespace"'],
];

for (const [keys, pair] of conflicting) {
  test(`refuses what journalctl cannot express: ${pair}`, async () => {
    const [fault, ...others] = await faultsOf(reader(keys));

    assert.ok(fault?.startsWith(`readers.sys: ${pair} exclude each other: `));
    assert.deepEqual(others, []);
  });
}

test('a million faults are refused like one', async () => {
  const units_to_match = new Array<number>(1_000_000).fill(1);

  assert.ok((await faultsOf(reader({ units_to_match }))).length >= 1000);
});

test('OS_ROOT alone has no root', async () => {
  const faults = await faultsOf(reader({ journal_flags: ['OS_ROOT'] }));

  assert.deepEqual(faults, ['readers.sys: "OS_ROOT" needs "journal_path", the root directory of the other system']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './load.ts';

const out = { output_type: 'file', file_output: '/nowhere/out.jsonl' };

/** The warnings about a reader with a sender, where only these keys are odd. */
async function warningsOf({ top = {}, reader = {}, sender = {} }: Record<string, object>): Promise<string[]> {
  const config = {
    json_state_file_path: '/nowhere/state.json',
    readers: { r: { senders: { s: { ...out, ...sender } }, ...reader } },
    ...top,
  };
  const { warnings } = await parseConfig('x.json', JSON.stringify(config));
  return warnings.map(({ path, message }) => `${path}: ${message}`);
}

const noCopy = 'ignored: journalbridge writes no copy of its config, which may hold secrets';
const notInReader = 'ignored: journalpump does not read it from a reader either; it belongs at the top level';
const notInSender = 'ignored: journalpump does not read it from a sender either; it belongs in the reader';

const cases: readonly (readonly [title: string, odd: Record<string, object>, warnings: readonly string[]])[] = [
  ['nothing odd', {}, []],
  [
    'no state file',
    { top: { json_state_file_path: null } },
    [': no "json_state_file_path": nothing is remembered, every start begins at "initial_position"'],
  ],
  [
    'the copy of the config',
    { top: { write_running_config: true, json_running_config_path: '/x' } },
    [`write_running_config: ${noCopy}`, `json_running_config_path: ${noCopy}`],
  ],
  [
    'dead keys of a reader',
    { reader: { tags: { a: 1 }, field_filters: {}, unit_log_levels: 3 } },
    [
      `readers.r.tags: ${notInReader}`,
      `readers.r.field_filters: ${notInReader}`,
      `readers.r.unit_log_levels: ${notInReader}`,
    ],
  ],
  [
    'dead keys of a sender',
    { sender: { match_key: 'A', match_value: null } },
    [`readers.r.senders.s.match_key: ${notInSender}`, `readers.r.senders.s.match_value: ${notInSender}`],
  ],
  [
    'extra fields that are no object',
    { sender: { extra_field_values: ['a'] } },
    ['readers.r.senders.s.extra_field_values: ignored: it must be an object'],
  ],
  ['a value to match without a key', { top: { match_value: 1 } }, ['match_value: has no effect without "match_key"']],
  [
    'a value to match without a key in a reader',
    { reader: { match_value: 'x' } },
    ['readers.r.match_value: has no effect without "match_key"'],
  ],
  [
    'a reader without senders',
    { reader: { senders: {} } },
    ['readers.r: no sender is enabled: what this reader reads goes nowhere'],
  ],
  [
    'a reader whose senders are disabled',
    { sender: { enabled: false } },
    ['readers.r: no sender is enabled: what this reader reads goes nowhere'],
  ],
  [
    'a reader without senders but with searches, which count',
    { reader: { senders: {}, searches: [{ name: 's' }] } },
    [],
  ],
  ...(
    [
      ['kafka', { kafka_address: 'k', kafka_topic: 't' }, 'set "ssl" or an encrypted "security_protocol"'],
      ['kafka', { kafka_address: 'k', kafka_topic: 't', ssl: true, security_protocol: 'PLAINTEXT' }, undefined],
      ['websocket', { websocket_uri: 'ws://x' }, 'set "ssl" or let "websocket_uri" begin with "wss://"'],
      ['elasticsearch', { elasticsearch_url: 'http://x' }, 'let "elasticsearch_url" begin with "https://"'],
      ['opensearch', { opensearch_url: 'http://x' }, 'let "opensearch_url" begin with "https://"'],
    ] as const
  ).map(
    ([output_type, keys, remedy = 'set "ssl" or an encrypted "security_protocol"'], n) =>
      [
        `files for TLS without TLS: ${output_type} (${n})`,
        { sender: { output_type, file_output: undefined, ...keys, ca: '/x', certfile: '/y', keyfile: '/z' } },
        ['ca', 'certfile', 'keyfile'].map(
          (key) => `readers.r.senders.s.${key}: has no effect: the connection is not encrypted; ${remedy}`,
        ),
      ] as const,
  ),
  ...(
    [
      ['kafka', { kafka_address: 'k', kafka_topic: 't', ssl: true }],
      ['kafka', { kafka_address: 'k', kafka_topic: 't', security_protocol: 'SSL' }],
      ['websocket', { websocket_uri: 'ws://x', ssl: true }],
      ['websocket', { websocket_uri: 'wss://x' }],
      ['elasticsearch', { elasticsearch_url: ['http://x', 'https://y'] }],
    ] as const
  ).map(
    ([output_type, keys], n) =>
      [
        `nothing where TLS is on: ${output_type} (${n})`,
        { sender: { output_type, file_output: undefined, ...keys, ca: '/x' } },
        [],
      ] as const,
  ),
  ['no reader', { top: { readers: {} } }, ['readers: no reader is enabled: nothing is shipped']],
  ['only disabled readers', { reader: { enabled: false } }, ['readers: no reader is enabled: nothing is shipped']],
];

for (const [title, odd, warnings] of cases) {
  test(`warns of ${title}`, async () => {
    assert.deepEqual(await warningsOf(odd), warnings);
  });
}

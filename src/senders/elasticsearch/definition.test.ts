import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../config/load.ts';
import { ConfigError } from '../../errors.ts';

const configOf = (keys: object): string =>
  JSON.stringify({
    json_state_file_path: '/nowhere/state.json',
    readers: { r: { senders: { s: { output_type: 'elasticsearch', elasticsearch_url: 'http://h:9200', ...keys } } } },
  });

async function faultsOf(keys: object): Promise<string[]> {
  try {
    await parseConfig('test.json', configOf(keys));
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults.map(({ path, message }) => `${path.replace('readers.r.senders.s.', '')}: ${message}`);
  }
}

for (const { keys, wanted } of [
  { keys: { elasticsearch_url: 'u:hunter2@host' }, wanted: /^elasticsearch_url: must (be an address|begin with)/ },
  { keys: { elasticsearch_url: 'ftp://u:hunter2@host' }, wanted: /^elasticsearch_url: must begin with "http:/ },
  {
    keys: { elasticsearch_url: ['http://a', 'http://u:hunter2@b/?x'] },
    wanted: /^elasticsearch_url: must end with the path/,
  },
  { keys: { elasticsearch_url: 'http://u:hunter2%@b' }, wanted: /^elasticsearch_url: has a "%" in its user/ },
  { keys: { elasticsearch_url: [] }, wanted: /^elasticsearch_url: / },
  { keys: { elasticsearch_url: 3 }, wanted: /^elasticsearch_url: / },
  { keys: { user: 'u' }, wanted: /^user: needs "password" beside it/ },
  { keys: { password: 'hunter2' }, wanted: /^password: needs "user" beside it/ },
  { keys: { api_key: 'hunter2', user: 'u', password: 'p' }, wanted: /^api_key: and a user .* exclude each other/ },
  { keys: { certfile: '/c.pem' }, wanted: /^certfile: needs "keyfile" beside it/ },
  { keys: { index: 'logs-{A', data_stream: false }, wanted: /^index: "\{" cannot stand here/ },
  { keys: { index: 'Logs-{A}' }, wanted: /^index: must be in lower case/ },
  { keys: { index: '_logs' }, wanted: /^index: must not begin with/ },
  { keys: { index: 'a b' }, wanted: /^index: must not have " " in it/ },
  { keys: { index: 'a', data_stream: 'b' }, wanted: /^data_stream: names the data stream, so "index" cannot/ },
  {
    keys: { data_stream: 'logs-%Q' },
    wanted: /^data_stream: "%" cannot stand here|^data_stream: "%Q" cannot stand here/,
  },
  {
    keys: { elasticsearch_index_prefix: 'Upper' },
    wanted: /^elasticsearch_index_prefix: must be a beginning of index names/,
  },
  { keys: { opensearch_url: 'http://h' }, wanted: /unknown key "opensearch_url"/ },
]) {
  test(`a config is refused: ${JSON.stringify(keys)}`, async () => {
    const faults = await faultsOf(keys);

    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0]!, wanted);
    assert.doesNotMatch(faults[0]!, /hunter2/);
  });
}

test("journalpump's own config is taken, with its defaults", async () => {
  const { config } = await parseConfig('test.json', configOf({ ca: '/ca.pem' }));
  const { options, head } = config.readers['r']!.senders['s']!;

  assert.deepEqual(head, []);
  assert.deepEqual(options, {
    elasticsearch_url: 'http://h:9200',
    elasticsearch_timeout: 60,
    elasticsearch_index_prefix: 'journalpump',
    elasticsearch_index_days_max: 3,
    ca: '/ca.pem',
    compression: 'none',
    max_batch_bytes: 1_048_576,
    in_flight: 2,
  });
});

test('the fields of a template are asked for', async () => {
  const { config } = await parseConfig('test.json', configOf({ index: 'logs-{SYSLOG_IDENTIFIER}-{_HOSTNAME}' }));

  assert.deepEqual(config.readers['r']!.senders['s']!.head, ['SYSLOG_IDENTIFIER', 'HOSTNAME']);
});

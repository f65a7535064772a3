import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AuthenticationError, RejectedError, RetryableError } from '../../src/errors.ts';
import { Place } from '../integration/place.ts';
import { command } from '../support/command.ts';
import { runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { kafkaUser, type KafkaServer } from '../support/kafka-server.ts';
import { need } from '../support/need.ts';
import { until } from '../support/until.ts';
import { batchOf, KafkaBed, numbersOf, payloadsOf, kafkaTest, shareKafka } from './kafka-bed.ts';

const { signal } = new AbortController();
const login = { sasl_plain_username: kafkaUser.name, sasl_plain_password: kafkaUser.password };
let server: KafkaServer; // there in every test that is not skipped
shareKafka((started) => (server = started));

kafkaTest('a topic that we may not write to is told of as such, and nothing is rejected', async () => {
  await server.createTopic('read');
  await server.allowOnly('read', 'DESCRIBE');
  await using bed = await KafkaBed.make({ kafka_address: server.saslAddress, ...login, kafka_topic: 'read' });
  await bed.sender.connect(signal);

  const failure: unknown = await bed.sender.send(batchOf(payloadsOf(5)), signal).catch((error: unknown) => error);

  assert.ok(failure instanceof AuthenticationError, String(failure));
  assert.match(failure.message, /cannot write to the topic "read" at .*: we may not write to it; its ACL/);
  await server.allowOnly('read', 'WRITE');
  await bed.sender.connect(signal);
  await bed.sender.send(batchOf(payloadsOf(5)), signal);
  assert.deepEqual(await server.counts('read'), [5]);
});

kafkaTest('a topic that we may not even see is told of when connecting', async () => {
  await server.createTopic('unseen');
  await server.allowOnly('unseen', 'ALTER_CONFIGS');
  await using bed = await KafkaBed.make({ kafka_address: server.saslAddress, ...login, kafka_topic: 'unseen' });

  await assert.rejects(bed.sender.connect(signal), (error) => {
    assert.ok(error instanceof AuthenticationError);
    assert.match(error.message, /cannot write to the topic "unseen" at .*: we may not write to it; its ACL/);
    return true;
  });
});

for (const { what, options, refuse } of [
  {
    what: 'refused by an ACL',
    options: () => ({ ...login, kafka_address: server.saslAddress, missing_topic_timeout: 1 }),
    refuse: async (topic: string) => {
      await server.createTopic(topic);
      await server.allowOnly(topic, 'DESCRIBE');
    },
  },
  {
    what: 'that cannot be created',
    options: () => ({
      kafka_address: server.address,
      kafka_topic_config: { num_partitions: 1, replication_factor: 9 },
      missing_topic_timeout: 1,
    }),
    refuse: () => Promise.resolve(),
  },
]) {
  kafkaTest(`a topic of a template ${what} does not block the others`, async () => {
    const prefix = `tpl-${what.replaceAll(/\W/g, '')}`;
    await server.createTopic(`${prefix}-good`);
    await refuse(`${prefix}-bad`);
    await using bed = await KafkaBed.make({ ...options(), kafka_topic: `${prefix}-{UNIT}` });
    const payloads = payloadsOf(10).map(({ n }) => ({ n, values: [n % 2 === 1 ? 'bad' : 'good', null] }));
    await bed.sender.connect(signal);

    const first: unknown = await bed.sender.send(batchOf(payloads), signal).catch((error: unknown) => error);

    assert.ok(first instanceof RetryableError && !(first instanceof AuthenticationError), String(first));
    assert.deepEqual(first.remaining, [1, 3, 5, 7, 9]);
    assert.deepEqual(numbersOf(await server.messages(`${prefix}-good`)), [0, 2, 4, 6, 8]);
    const rest = batchOf(payloads.filter(({ n }) => n % 2 === 1));
    const last = await until(
      async () => {
        const error: unknown = await bed.sender.send(rest, signal).catch((thrown: unknown) => thrown);
        return error instanceof RejectedError && error;
      },
      { what: 'the rejection', everyMs: 200 },
    );
    assert.equal(last.rejected.length, 5);
  });
}

kafkaTest('an entry whose time the topic does not take is sent with that of sending', async () => {
  await server.createTopic('times', 1, { 'message.timestamp.before.max.ms': '1000' });
  await using bed = await KafkaBed.make({ kafka_address: server.address, kafka_topic: 'times' });
  const begin = Date.now();

  await bed.sender.connect(signal);
  await bed.sender.send(batchOf(payloadsOf(20)), signal);

  const messages = await server.messages('times');
  assert.deepEqual(
    numbersOf(messages),
    payloadsOf(20).map(({ n }) => n),
  );
  assert.ok(messages.every(({ timestampMs }) => timestampMs >= begin));
  assert.match(bed.log.join(''), /too far from now for the topic "times"; it is sent with the time of sending/);
});

test('what is too large is a dead letter, and sent again once the topic takes it', { timeout: 600_000 }, async (t) => {
  if (!need(t, 'kafka', 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  await server.createTopic('narrow', 1, { 'max.message.bytes': '3000' });
  const kafka = { output_type: 'kafka', kafka_address: server.address, kafka_topic: 'narrow' };
  const reader = { journal_path: await cachedJournal({ count: 2000 }) };
  const config = { json_state_file_path: place.statePath, readers: { sys: { ...reader, senders: { kafka } } } };
  const configPath = join(place.path, 'config.json');
  await writeFile(configPath, JSON.stringify(config));

  const { code, stderr } = await runOnce(config);

  assert.equal(code, 0, stderr);
  const path = join(place.path, 'dead-letter', 'sys.kafka.jsonl');
  const letters = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const stored = await server.messages('narrow');
  assert.ok(letters.length > 0);
  assert.equal(stored.length + letters.length, 2000);
  assert.match(letters[0]!, /larger than the brokers take/);

  await server.configureTopic('narrow', { 'max.message.bytes': '1000000' });
  const again = await command(['redrive', configPath, '--sender', 'sys.kafka']);

  assert.equal(again.code, 0, again.stderr + again.stdout);
  const messages = await server.messages('narrow');
  assert.equal(messages.length, 2000);
  assert.equal(new Set(messages.map(({ headers }) => headers['cursor'])).size, 2000);
});

for (const { what, options, code, wanted } of [
  { what: 'a good one', options: () => ({ kafka_topic: 'there' }), code: 0, wanted: /^/ },
  {
    what: 'one whose topic would be created',
    options: () => ({ kafka_topic_config: { num_partitions: 1, replication_factor: 1 } }),
    code: 0,
    wanted: /^/,
  },
  {
    what: 'a missing topic',
    options: () => ({}),
    wanted: /cannot write to the topic "absent" at .*: it does not exist; create it/,
  },
  {
    what: 'a topic that cannot be created',
    options: () => ({ kafka_topic_config: { num_partitions: 1, replication_factor: 9 } }),
    wanted: /cannot create the topic "absent": .*[Rr]eplication.factor/,
  },
  { what: 'a closed port', options: () => ({ kafka_address: '127.0.0.1:1' }), wanted: /nothing listens there/ },
  {
    what: 'an unknown host',
    options: () => ({ kafka_address: 'broker.invalid' }),
    wanted: /broker.invalid:9092: (there is no such host name|the DNS gave no answer)/,
  },
  {
    what: 'another authority',
    options: () => ({ kafka_address: server.tlsAddress, ssl: true, ca: server.certificates.otherCa }),
    wanted: /signed by nobody we trust/,
  },
  {
    what: 'a certificate for another name',
    options: () => ({
      kafka_address: server.tlsAddress.replace('localhost', '127.1'),
      ssl: true,
      ca: server.certificates.ca,
    }),
    wanted: /its certificate is for another name/,
  },
  {
    what: 'no client certificate',
    options: () => ({ kafka_address: server.tlsAddress, ssl: true, ca: server.certificates.ca }),
    wanted: /accept our certificate, or wants one/,
  },
  {
    what: 'a wrong password',
    options: () => ({ kafka_address: server.saslAddress, ...login, sasl_plain_password: 'wrong-one' }),
    wanted: /does not let us in: .*Invalid username or password/,
  },
]) {
  kafkaTest(`check --connect: ${what}`, async () => {
    await using place = await Place.make();
    if (what === 'a good one') await server.createTopic('there');
    const kafka = { output_type: 'kafka', kafka_address: server.address, kafka_topic: 'absent', ...options() };
    const path = join(place.path, 'config.json');
    await writeFile(path, JSON.stringify({ readers: { sys: { senders: { kafka } } } }), { mode: 0o600 });

    const found = await command(['check', '--connect', path]);

    const said = found.stdout + found.stderr;
    assert.equal(found.code, code ?? 1, said);
    assert.match(said, wanted);
    assert.doesNotMatch(said, /wrong-one|TimeoutNegative|\n\s+at /);
    assert.ok(!(await server.topics()).includes('absent'));
  });
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { AuthenticationError, NotConnectedError, RejectedError, RetryableError } from '../../src/errors.ts';
import { endChild, leashed } from '../support/child.ts';
import { kafkaUser, type KafkaServer } from '../support/kafka-server.ts';
import { need } from '../support/need.ts';
import { freePorts } from '../support/ports.ts';
import { until } from '../support/until.ts';
import {
  batchOf,
  cursorOf,
  KafkaBed,
  numbersOf,
  payloadsOf,
  startMs,
  valueOf,
  kafkaTest,
  shareKafka,
} from './kafka-bed.ts';

const { signal } = new AbortController();
const topicConfig = { num_partitions: 1, replication_factor: 1 };
const login = { sasl_plain_username: kafkaUser.name, sasl_plain_password: kafkaUser.password };
let server: KafkaServer; // there in every test that is not skipped
shareKafka((started) => (server = started));

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
  kafkaTest(`with compression ${compression}, Kafka's own consumer reads every message in order`, async () => {
    const topic = `codec-${compression}`;
    await using bed = await KafkaBed.make({
      kafka_address: server.address,
      kafka_topic: topic,
      kafka_topic_config: topicConfig,
      compression,
    });
    const payloads = payloadsOf(6000, 0, { padding: 300 });

    await bed.sender.connect(signal);
    await bed.sender.send(batchOf(payloads), signal);

    const messages = await server.messages(topic);
    assert.deepEqual(
      numbersOf(messages),
      payloads.map(({ n }) => n),
    );
    assert.deepEqual(messages[4999], {
      partition: 0,
      offset: 4999,
      timestampMs: startMs + 4999,
      key: null,
      headers: { cursor: cursorOf(4999), host: 'box' },
      value: valueOf(4999, 300),
    });
    assert.deepEqual(bed.log, []);
  });
}

kafkaTest('a key and a topic from fields: one partition for each key, in order there', async () => {
  await using bed = await KafkaBed.make({
    kafka_address: [server.address],
    kafka_topic: 'units-{SYSTEMD_UNIT}',
    kafka_msg_key: '{SYSLOG_IDENTIFIER:}',
    kafka_topic_config: { num_partitions: 5, replication_factor: 1 },
  });
  const payloads = payloadsOf(2000).map(({ n }) => ({
    n,
    values: [n % 2 === 0 ? 'a b/c' : 'x', n % 50 === 7 ? null : `id${n % 13}`, 'box'],
  }));

  await bed.sender.connect(signal);
  await bed.sender.send(batchOf(payloads), signal);

  const messages = [...(await server.messages('units-a_b_c')), ...(await server.messages('units-x'))];
  assert.equal(messages.length, 2000);
  const keys = Map.groupBy(messages, ({ key }) => key);
  assert.deepEqual(
    [...keys.keys()].filter((key) => key !== null).sort(),
    payloads
      .slice(0, 13)
      .map(({ n }) => `id${n}`)
      .sort(),
  );
  for (const [key, list] of keys) {
    if (key === null) continue;
    assert.equal(new Set(list.map(({ partition }) => partition)).size, 1, `${key} is in one partition`);
  }
  for (const list of Map.groupBy(
    messages,
    ({ partition, value }) => `${partition} ${numbersOf([{ value }])[0]! % 2}`,
  ).values()) {
    const numbers = numbersOf(list.sort((a, b) => a.offset - b.offset));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  }
});

kafkaTest('an entry that the broker finds too large is rejected alone, its neighbours are stored', async () => {
  const topic = 'small';
  await server.createTopic(topic, 1, { 'max.message.bytes': '20000' });
  await using bed = await KafkaBed.make({ kafka_address: server.address, kafka_topic: topic });
  const payloads = payloadsOf(300, 0, { padding: 100 }).map((payload) =>
    [40, 41, 299].includes(payload.n) ? { ...payload, padding: 30_000 } : payload,
  );
  await bed.sender.connect(signal);

  const failure = await bed.sender.send(batchOf(payloads), signal).catch((error: unknown) => error);

  assert.ok(failure instanceof RejectedError);
  assert.deepEqual(
    failure.rejected.map(({ index }) => index),
    [40, 41, 299],
  );
  assert.deepEqual(failure.remaining, []);
  assert.match(failure.message, /larger than the brokers take/);
  assert.deepEqual(
    numbersOf(await server.messages(topic)),
    payloads.map(({ n }) => n).filter((n) => ![40, 41, 299].includes(n)),
  );
});

kafkaTest('a missing topic is told of, and filled once it is there', async () => {
  await using bed = await KafkaBed.make({ kafka_address: server.address, kafka_topic: 'later' });

  await assert.rejects(bed.sender.connect(signal), (error) => {
    assert.ok(error instanceof RetryableError);
    assert.match(
      error.message,
      /cannot write to the topic "later" at .*: it does not exist; create it, or let "kafka_topic_config" say how/,
    );
    assert.ok(error.retryAfterMs! >= 5000);
    return true;
  });
  await server.createTopic('later');
  await bed.sender.connect(signal);
  await bed.sender.send(batchOf(payloadsOf(3)), signal);

  assert.deepEqual(await server.counts('later'), [3]);
});

kafkaTest('a topic that cannot be created is told of with the reason', async () => {
  const kafka_topic_config = { num_partitions: 1, replication_factor: 3 };
  await using bed = await KafkaBed.make({ kafka_address: server.address, kafka_topic: 'copies', kafka_topic_config });

  await assert.rejects(bed.sender.connect(signal), /cannot create the topic "copies": .*[Rr]eplication.factor/);
});

kafkaTest('one bad topic of a template holds up the others for a while, then its entries are rejected', async () => {
  await server.createTopic('t-good');
  await using bed = await KafkaBed.make({
    kafka_address: server.address,
    kafka_topic: 't-{UNIT}',
    missing_topic_timeout: 1.5,
  });
  const batch = batchOf(payloadsOf(10).map(({ n }) => ({ n, values: [n % 3 === 1 ? 'bad' : 'good', null] })));
  await bed.sender.connect(signal);

  const first = await bed.sender.send(batch, signal).catch((error: unknown) => error);

  assert.ok(first instanceof RetryableError);
  assert.deepEqual(first.remaining, [1, 4, 7]);
  const rest = batchOf([1, 4, 7].map((n) => ({ n, values: ['bad', null] })));
  const last = await until(
    async () => {
      const error: unknown = await bed.sender.send(rest, signal).catch((thrown: unknown) => thrown);
      return error instanceof RejectedError && error;
    },
    { what: 'the rejection', everyMs: 200 },
  );
  assert.deepEqual(
    last.rejected.map(({ index }) => index),
    [0, 1, 2],
  );
  assert.match(last.rejected[0]!.reason, /topic "t-bad".*does not exist/);
  assert.deepEqual(numbersOf(await server.messages('t-good')), [0, 2, 3, 5, 6, 8, 9]);
  assert.deepEqual((await server.messages('t-good'))[0]!.headers, { cursor: cursorOf(0) });
});

kafkaTest('a topic that is deleted under way does not spoil the others', async () => {
  await server.createTopic('d-gone');
  await server.createTopic('d-here');
  await using bed = await KafkaBed.make({
    kafka_address: server.address,
    kafka_topic: 'd-{UNIT}',
    missing_topic_timeout: 0,
  });
  const send = (...units: string[]): Promise<void> =>
    bed.sender.send(batchOf(units.map((unit, n) => ({ n, values: [unit, null] }))), signal);
  await bed.sender.connect(signal);
  await send('gone', 'here');

  await server.deleteTopic('d-gone');
  const failure = await until(
    async () => {
      const error: unknown = await send('gone', 'here').catch((thrown: unknown) => thrown);
      if (error instanceof NotConnectedError) await bed.sender.connect(signal);
      return error instanceof RejectedError && error;
    },
    { what: 'the rejection', everyMs: 100 },
  );
  await send('here');

  assert.deepEqual(
    failure.rejected.map(({ index }) => index),
    [0],
  );
  assert.ok((await server.counts('d-here'))[0]! >= 3);
});

for (const { what, options } of [
  {
    what: 'a client certificate',
    options: () => ({
      kafka_address: server.tlsAddress,
      ssl: true,
      ca: server.certificates.ca,
      ...server.certificates.client,
    }),
  },
  { what: 'PLAIN', options: () => ({ kafka_address: server.saslAddress, ...login }) },
  {
    what: 'SCRAM-SHA-256',
    options: () => ({
      kafka_address: server.saslAddress,
      security_protocol: 'SASL_PLAINTEXT',
      sasl_mechanism: 'SCRAM-SHA-256',
      ...login,
    }),
  },
  {
    what: 'SCRAM-SHA-512 in TLS',
    options: () => ({
      kafka_address: server.saslTlsAddress,
      security_protocol: 'SASL_SSL',
      sasl_mechanism: 'SCRAM-SHA-512',
      ca: server.certificates.ca,
      ...login,
    }),
  },
] as const) {
  kafkaTest(`is let in with ${what}`, async () => {
    const topic = `login-${what.replaceAll(' ', '-')}`;
    await using bed = await KafkaBed.make({ ...options(), kafka_topic: topic, kafka_topic_config: topicConfig });

    await bed.sender.connect(signal);
    await bed.sender.send(batchOf(payloadsOf(10)), signal);

    assert.deepEqual(await server.counts(topic), [10]);
  });
}

for (const { what, options, error, wanted } of [
  {
    what: 'a wrong password',
    options: () => ({ kafka_address: server.saslAddress, ...login, sasl_plain_password: 'wrong-one' }),
    error: AuthenticationError,
    wanted: /does not let us in: .*Invalid username or password/,
  },
  {
    what: 'a wrong password for SCRAM',
    options: () => ({
      kafka_address: server.saslAddress,
      ...login,
      sasl_mechanism: 'SCRAM-SHA-512',
      sasl_plain_password: 'wrong-one',
    }),
    error: AuthenticationError,
    wanted: /does not let us in: /,
  },
  {
    what: 'a login where none is wanted',
    options: () => ({ kafka_address: server.address, ...login }),
    error: AuthenticationError,
    wanted: /want no login at this port/,
  },
  {
    what: 'no login where one is wanted',
    options: () => ({ kafka_address: server.saslAddress }),
    error: NotConnectedError,
    wanted: /connection was closed; the port may want TLS or a login/,
  },
  {
    what: 'no TLS where it is wanted',
    options: () => ({ kafka_address: server.tlsAddress }),
    error: NotConnectedError,
    wanted: /the port may want TLS/,
  },
  {
    what: 'another authority',
    options: () => ({ kafka_address: server.tlsAddress, ssl: true, ca: server.certificates.otherCa }),
    error: NotConnectedError,
    wanted: /signed by nobody we trust/,
  },
  {
    what: 'a certificate for another name',
    options: () => ({
      kafka_address: server.tlsAddress.replace('localhost', '127.1'),
      ssl: true,
      ca: server.certificates.ca,
    }),
    error: NotConnectedError,
    wanted: /its certificate is for another name/,
  },
  {
    what: 'no client certificate',
    options: () => ({ kafka_address: server.tlsAddress, ssl: true, ca: server.certificates.ca }),
    error: NotConnectedError,
    wanted: /accept our certificate, or wants one/,
  },
  {
    what: 'a closed port',
    options: () => ({ kafka_address: '127.0.0.1:1' }),
    error: NotConnectedError,
    wanted: /^cannot deliver to Kafka at 127.0.0.1:1: .*nothing listens there$/,
  },
  {
    what: 'an unknown host',
    options: () => ({ kafka_address: 'broker.invalid' }),
    error: NotConnectedError,
    wanted: /broker.invalid:9092: (there is no such host name|the DNS gave no answer)/,
  },
  {
    what: 'a proxy that is not there',
    options: () => ({ kafka_address: server.address, socks5_proxy: 'socks5://me:proxypw@127.0.0.1:1' }),
    error: NotConnectedError,
    wanted: /SOCKS5 proxy 127.0.0.1:1 leads nowhere: .*nothing listens/,
  },
] as const) {
  kafkaTest(`${what} is told in a sentence without secrets`, async () => {
    await using bed = await KafkaBed.make({ ...options(), kafka_topic: 'x' });

    const failure: unknown = await bed.sender.connect(signal).catch((thrown: unknown) => thrown);

    assert.ok(failure instanceof error, String(failure));
    assert.match(failure.message, wanted);
    assert.doesNotMatch(failure.message + bed.log.join(''), /wrong-one|shippw|proxypw/);
  });
}

for (const { what, options } of [
  { what: 'plain', options: () => ({ kafka_address: server.address }) },
  {
    what: 'TLS',
    options: () => ({
      kafka_address: server.tlsAddress,
      ssl: true,
      ca: server.certificates.ca,
      ...server.certificates.client,
    }),
  },
]) {
  test(`goes through a SOCKS5 proxy that wants a login: ${what}`, { timeout: 180_000 }, async (t) => {
    if (!need(t, 'kafka', 'microsocks')) return;
    const [port] = (await freePorts(1)) as [number];
    const [command, ...args] = leashed(
      'microsocks',
      '-i',
      '127.0.0.1',
      '-p',
      String(port),
      '-u',
      'me',
      '-P',
      'proxy pw',
    );
    const proxy = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    t.after(() => endChild(proxy));
    let said = '';
    proxy.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    const topic = `socks-${what}`;
    const kafka = { ...options(), kafka_topic: topic, kafka_topic_config: topicConfig };
    await using wrong = await KafkaBed.make({ ...kafka, socks5_proxy: `socks5://me:bad@127.0.0.1:${port}` });
    await using bed = await KafkaBed.make({ ...kafka, socks5_proxy: `socks5://me:proxy%20pw@127.0.0.1:${port}` });
    await until(
      () =>
        bed.sender.connect(signal).then(
          () => true,
          () => false,
        ),
      { what: 'the proxy', everyMs: 50 },
    );

    await bed.sender.send(batchOf(payloadsOf(100)), signal);

    assert.deepEqual(await server.counts(topic), [100]);
    assert.match(said, /connected to/);
    await assert.rejects(wrong.sender.connect(signal), /SOCKS5 proxy 127.0.0.1:\d+ leads nowhere: .*[Aa]uthentication/);
  });
}

kafkaTest('gives up at once when the signal aborts; close may come twice', async () => {
  await using bed = await KafkaBed.make({ kafka_address: '192.0.2.1:9092', kafka_topic: 'x' });
  const stopping = new AbortController();
  const connecting = bed.sender.connect(stopping.signal);

  stopping.abort();

  await assert.rejects(connecting, { name: 'AbortError' });
  await bed.sender.close();
  await bed.sender.close();
});

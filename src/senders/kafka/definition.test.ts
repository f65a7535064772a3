import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../config/load.ts';
import { parseBrokers, readBroker } from './brokers.ts';
import { Frames } from './frames.ts';
import { Partitions } from './partitions.ts';
import { parseProxy } from '../socks5.ts';

for (const { address, wanted } of [
  { address: 'a', wanted: ['a:9092'] },
  { address: 'a:1, b:2,a:1,', wanted: ['a:1', 'b:2'] },
  { address: ['SASL_SSL://a:1', '10.0.0.1'], wanted: ['a:1', '10.0.0.1:9092'] },
]) {
  test(`the brokers of ${JSON.stringify(address)}`, () => {
    assert.deepEqual(parseBrokers(address), wanted);
  });
}

test('an IPv6 address comes back from kafkajs whole', () => {
  const [host] = parseBrokers('[::1]:9094')[0]!.split(':');

  assert.equal(readBroker(host!), '::1');
});

for (const address of ['', ',', 'a:0', 'a:70000', 'a b', '::1', 'u@h:1']) {
  test(`"${address}" is no address`, () => {
    assert.throws(() => parseBrokers(address), /names no broker|is not of the form host:port/);
  });
}

test('a proxy with a login', () => {
  assert.deepEqual(parseProxy('socks5://me:a%20b@h'), { host: 'h', port: 1080, userId: 'me', password: 'a b' });
  assert.deepEqual(parseProxy('h:1'), { host: 'h', port: 1 });
  assert.throws(
    () => parseProxy('http://u:geheim@h'),
    (error: Error) => !error.message.includes('geheim'),
  );
});

test('answers are handed out whole, however they are cut', () => {
  const answers = Buffer.concat(
    [5, 4, 300].map((size) => Buffer.concat([Buffer.from([0, 0, size >> 8, size & 255]), Buffer.alloc(size, size)])),
  );
  for (const step of [1, 3, 7, 64, answers.length]) {
    const frames = new Frames();
    const whole: Buffer[] = [];
    for (let i = 0; i < answers.length; i += step) {
      const given = frames.push(answers.subarray(i, i + step));
      if (given !== undefined) whole.push(Buffer.from(given));
    }
    assert.deepEqual(Buffer.concat(whole), answers);
  }
  assert.throws(() => new Frames().push(Buffer.from('HTTP/1.1 400')), /does not speak Kafka/);
});

test("keys go where Java's producer puts them; without a key all of a turn go to one partition with a leader", () => {
  const partitions = new Partitions('default');
  const partitionMetadata = [0, 1, 2, 3].map((partitionId) => ({
    partitionId,
    leader: partitionId === 2 ? -1 : 1,
    partitionErrorCode: 0,
    isr: [],
    replicas: [],
  }));
  partitions.ofMessage({ topic: 't', partitionMetadata, message: { value: '' } });
  const keyed = (key: string | null): number => partitions.choose('t', key);

  // from org.apache.kafka.common.utils.Utils: toPositive(murmur2(key)) % 4
  assert.deepEqual(
    ['21', 'foobar', 'a-little-bit-long-string'].map(keyed),
    [-973932308, -790332482, -985981536].map((hash) => (hash & 0x7fffffff) % 4),
  );
  const turns = Array.from({ length: 6 }, () => {
    partitions.nextTurn();
    return new Set([keyed(null), keyed(null), keyed(null)]);
  });
  assert.ok(turns.every(({ size }) => size === 1));
  assert.deepEqual([...new Set(turns.flatMap((turn) => [...turn]))].sort(), [0, 1, 3]);
});

const kafka = { output_type: 'kafka', kafka_address: 'a', kafka_topic: 't' };
for (const { keys, wanted } of [
  { keys: { kafka_topic: 't-{' }, wanted: /kafka_topic: "{" cannot stand here/ },
  { keys: { kafka_msg_key: '%' }, wanted: /kafka_msg_key: "%" cannot stand here/ },
  { keys: { kafka_address: 'a:x' }, wanted: /kafka_address: "a:x" is not of the form host:port/ },
  {
    keys: { security_protocol: 'SASL_SSL' },
    wanted: /security_protocol: needs "sasl_plain_username" and "sasl_plain_password"/,
  },
  { keys: { sasl_plain_username: 'u' }, wanted: /sasl_plain_username: needs "sasl_plain_password"/ },
  { keys: { certfile: 'c' }, wanted: /certfile: needs "keyfile"/ },
  { keys: { kafka_topic_config: { num_partitions: 1 } }, wanted: /"replication_factor" is missing/ },
  { keys: { socks5_proxy: 'http://u:geheim@h' }, wanted: /socks5_proxy: "http:\/\/" is not a SOCKS5 proxy/ },
]) {
  test(`the config is refused with ${JSON.stringify(keys)}`, async () => {
    const config = { readers: { r: { senders: { k: { ...kafka, ...keys } } } } };

    await assert.rejects(parseConfig('x', JSON.stringify(config)), (error: Error) => {
      assert.match(error.message, wanted);
      assert.doesNotMatch(error.message, /geheim/);
      return true;
    });
  });
}

test('kafka_api_version is accepted with a notice', async () => {
  const config = { readers: { r: { senders: { k: { ...kafka, kafka_api_version: '0.9' } } } } };

  const { warnings } = await parseConfig('x', JSON.stringify(config));

  assert.deepEqual(
    warnings.map(({ path }) => path).filter((path) => path.includes('kafka')),
    ['readers.r.senders.k.kafka_api_version'],
  );
});

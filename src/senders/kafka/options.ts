import {
  anyOf,
  boolean,
  choice,
  ignored,
  integer,
  list,
  number,
  object,
  required,
  text,
  withDefault,
} from '../../config/dialect.ts';
import type { ConfigOf } from '../../config/dialect.ts';
import { tlsOptions } from '../tls.ts';

const TEMPLATE = 'May be a template: `{SYSTEMD_UNIT}` stands for a field of the entry, `%Y` for the year of its time.';
const address = text({ description: 'A broker, `host:port`, or several between commas.' });

/** The keys of a `kafka` sender. */
export const kafkaOptions = object(
  {
    kafka_address: required(
      anyOf([address, list(address, { description: 'Brokers.', minItems: 1 })], {
        description:
          'One or more brokers to begin with, `host:port`, as a list or between commas; the port is 9092 unless given.',
      }),
    ),
    kafka_topic: required(
      text({
        description: `The topic. ${TEMPLATE} Signs that a topic cannot have become \`_\`.`,
        journalpump: 'there it is the same for all entries',
      }),
    ),
    kafka_topic_config: object(
      {
        num_partitions: required(integer({ description: 'Partitions of a new topic.', minimum: 1, maximum: 100_000 })),
        replication_factor: required(
          integer({ description: 'Copies of each partition of a new topic.', minimum: 1, maximum: 1000 }),
        ),
      },
      {
        description: 'How a missing topic is created. Without this it is not, unless the brokers do so by themselves.',
      },
    ),
    kafka_msg_key: text({
      description: `The key of each message. ${TEMPLATE} Where it comes to nothing, the message has no key.`,
      journalpump: 'there it is the same for all entries',
    }),
    kafka_api_version: ignored('The version is found out by asking the brokers.'),
    ssl: withDefault(
      false,
      boolean({ description: 'Whether the connections are encrypted; `security_protocol` counts more.' }),
    ),
    ...tlsOptions,
    security_protocol: choice(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], {
      description: 'Encryption and login in one word. Without it `ssl` and `sasl_plain_username` tell.',
    }),
    sasl_mechanism: withDefault(
      'PLAIN',
      choice(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], { description: 'How to log in.' }),
    ),
    sasl_plain_username: text({ description: 'The name to log in with, whatever the mechanism.' }),
    sasl_plain_password: text({ description: 'The password to log in with, whatever the mechanism.', secret: true }),
    socks5_proxy: text({
      description: 'A SOCKS5 proxy for all connections, `socks5://user:password@host:port`; it looks names up, too.',
      secret: true,
    }),
    compression: withDefault(
      'none',
      choice(['none', 'gzip', 'snappy', 'lz4', 'zstd'], {
        description: 'How batches are compressed. `zstd` takes Kafka 2.1 or newer.',
        journalpump: 'there zstd, snappy or gzip, whichever is installed',
      }),
    ),
    partitioner: withDefault(
      'default',
      choice(['default', 'legacy', 'round_robin'], {
        description:
          "Which partition an entry goes to. `default`: by its key as Java's producer does (murmur2), without a key all of a batch to one, the next batch to the next; `legacy`: by its key as kafkajs did before version 2; `round_robin`: one after the other, whatever the key.",
      }),
    ),
    max_batch_bytes: withDefault(
      1_000_000,
      integer({
        description:
          "The largest batch for one partition, before compression. No more than the brokers' `message.max.bytes` or the topic's `max.message.bytes`.",
        minimum: 1024,
        maximum: 104_857_600,
      }),
    ),
    missing_topic_timeout: withDefault(
      10,
      number({
        description:
          'Where `kafka_topic` is a template: how many seconds the entries for a topic that the brokers lack or refuse hold up those for other topics. After that they are rejected (dead letters) until the topic is there.',
        minimum: 0,
        maximum: 86_400,
      }),
    ),
  },
  { description: 'Sends entries to topics of Apache Kafka.' },
);

/** The checked options of a `kafka` sender. */
export type KafkaOptions = ConfigOf<typeof kafkaOptions>;

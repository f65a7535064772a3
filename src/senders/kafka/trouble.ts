import { messageOf } from '../../errors.ts';
import { describeConnectionTrouble } from '../connection-trouble.ts';
import type { SocketTrouble } from './sockets.ts';

/**
 * What to do about an error of kafkajs: `topic`: this topic cannot be written to; `refused`: a message of the batch will
 * never be taken; `time`: their times are not taken; `session`: the producer's numbering is lost; `login`: we are not
 * let in; `other`: it may be better later, whatever kafkajs's own flag says.
 */
export interface Trouble {
  /** The broker whose connection it is about, if it is known. */
  readonly broker?: string | undefined;
  readonly kind: 'topic' | 'refused' | 'time' | 'session' | 'login' | 'other';
  readonly reason: string;
  /** Kafka's name for it, if the brokers sent it. */
  readonly type?: string | undefined;
}

const KINDS: Readonly<Record<string, readonly [Trouble['kind'], reason?: string]>> = {
  UNKNOWN_TOPIC_OR_PARTITION: ['topic', 'it does not exist; create it, or let "kafka_topic_config" say how'],
  INVALID_TOPIC_EXCEPTION: ['topic', 'this is no name for a topic'],
  TOPIC_AUTHORIZATION_FAILED: ['topic', 'we may not write to it; its ACL must allow us Write and Describe'],
  MESSAGE_TOO_LARGE: ['refused', 'larger than the brokers take ("message.max.bytes", "max.message.bytes")'],
  RECORD_LIST_TOO_LARGE: ['refused', 'larger than a segment of the topic'],
  INVALID_RECORD: ['refused', 'the brokers do not take such a message; a compacted topic wants a key'],
  INVALID_TIMESTAMP: ['time', 'the time of the entry is too far from now'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: ['session'],
  DUPLICATE_SEQUENCE_NUMBER: ['session'],
  INVALID_PRODUCER_EPOCH: ['session'],
  INVALID_PRODUCER_ID_MAPPING: ['session'],
  UNKNOWN_PRODUCER_ID: ['session'],
  SASL_AUTHENTICATION_FAILED: ['login'],
  UNSUPPORTED_SASL_MECHANISM: ['login', 'the brokers do not know "sasl_mechanism"'],
  ILLEGAL_SASL_STATE: ['login', 'the brokers want no login at this port'],
  CLUSTER_AUTHORIZATION_FAILED: ['login', 'an ACL of the cluster must allow us IdempotentWrite'],
  NOT_ENOUGH_REPLICAS: ['other', 'too few in-sync replicas ("min.insync.replicas")'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: ['other', 'too few in-sync replicas ("min.insync.replicas")'],
  UNSUPPORTED_COMPRESSION_TYPE: ['other', 'the brokers do not know this "compression"'],
};

const MAX_DEPTH = 8;

/** What an error of kafkajs is about; `seen` is what its sockets have met since they were last asked. */
export function troubleOf(error: unknown, seen: SocketTrouble | undefined): Trouble {
  const chain = chainOf(error, MAX_DEPTH);
  const type = chain.map((link) => textOf(link, 'type')).find((found) => found !== undefined);
  const message = messageOf(chain.at(-1) ?? error);
  if (type !== undefined && Object.hasOwn(KINDS, type)) {
    const [kind, reason = message] = KINDS[type]!;
    return { kind, type, reason };
  }
  if (type !== undefined) return { kind: 'other', type, reason: `${message} (${type})` };
  if (chain.some((link) => textOf(link, 'name') === 'KafkaJSSASLAuthenticationError'))
    return { kind: 'login', reason: message };
  return connectionTrouble(error, chain, seen);
}

function connectionTrouble(error: unknown, chain: readonly unknown[], seen: SocketTrouble | undefined): Trouble {
  const isConnection = chain.some((link) =>
    /^KafkaJS(Connection|BrokerNotFound|NoBroker)/.test(textOf(link, 'name') ?? ''),
  );
  if (isConnection && seen !== undefined) return { kind: 'other', ...seen };
  const closed = chain.some((link) => /[Cc]losed connection|Connection closed/.test(messageOf(link)));
  const reason = closed
    ? 'the connection was closed; the port may want TLS or a login ("security_protocol")'
    : describeConnectionTrouble(error);
  return { kind: 'other', reason };
}

function chainOf(error: unknown, depth: number): unknown[] {
  if (depth === 0 || typeof error !== 'object' || error === null) return [];
  const inner = 'errors' in error && Array.isArray(error.errors) ? (error.errors as unknown[]).slice(0, 1) : [];
  if ('cause' in error) inner.push(error.cause);
  return [error, ...inner.flatMap((cause) => chainOf(cause, depth - 1))];
}

function textOf(value: unknown, key: string): string | undefined {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

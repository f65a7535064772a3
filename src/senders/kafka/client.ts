import kafkajs from 'kafkajs';
import type { Admin, KafkaConfig, Message, Producer, RecordMetadata, SASLOptions } from 'kafkajs';
import type { SenderContext } from '../sender.ts';
import { readTls } from '../tls.ts';
import { isEncrypted, parseBrokers } from './brokers.ts';
import type { KafkaOptions } from './options.ts';
import { kafkaLog } from './kafka-log.ts';
import type { Part } from './part.ts';
import type { Partitions } from './partitions.ts';
import { parseProxy } from '../socks5.ts';
import { Sockets } from './sockets.ts';
import type { SocketsOptions } from './sockets.ts';

const { Kafka, logLevel } = kafkajs;

// A few quick attempts ride over a change of leaders; the rest is up to the delivery, which tells of it.
const CLIENT_RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 1 };
const PRODUCER_RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 };
const CONNECTION_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const DISCONNECT_GRACE_MS = 1000;

/** A client with one producer: a session in which Kafka knows a batch that is sent twice. */
export class Client {
  readonly sockets: Sockets;
  private readonly kafka: kafkajs.Kafka;
  private readonly producer: Producer;
  private readonly options: KafkaOptions;

  private constructor(kafka: kafkajs.Kafka, sockets: Sockets, setup: ClientSetup) {
    this.kafka = kafka;
    this.sockets = sockets;
    this.options = setup.options;
    this.producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: PRODUCER_RETRY,
      createPartitioner: () => setup.partitions.ofMessage,
    });
  }

  /** Makes one; connects nothing yet. */
  static async create(setup: ClientSetup): Promise<Client> {
    const { options, log } = setup;
    const sockets = new Sockets(await readSocketsOptions(options));
    const config: KafkaConfig = {
      clientId: 'journalbridge',
      brokers: parseBrokers(options.kafka_address),
      // What it has to be is told to the sockets.
      ssl: isEncrypted(options),
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      authenticationTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: CLIENT_RETRY,
      logLevel: logLevel.INFO,
      logCreator: kafkaLog(log, (text) => masked(text, options)),
      socketFactory: (request) => sockets.create(request),
    };
    const sasl = loginOf(options);
    return new Client(new Kafka(sasl === undefined ? config : { ...config, sasl }), sockets, setup);
  }

  /** Connects, or connects again; certificates are read anew, the session stays. */
  async connect(): Promise<void> {
    this.sockets.use(await readSocketsOptions(this.options));
    await this.producer.connect();
  }

  /** Resolves once all in-sync replicas have them; a topic without messages is only asked for. */
  async produce(topic: string, part: Part): Promise<RecordMetadata[]> {
    // It has the part of an array that kafkajs uses.
    return this.producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages: part as unknown as Message[] }] });
  }

  /** Does something with an administrator's connection of its own. */
  async asAdmin<T>(action: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      return await action(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** Ends the session, and soon every connection. */
  async dispose(): Promise<void> {
    const grace = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      grace.resolve(undefined);
    }, DISCONNECT_GRACE_MS);
    await Promise.race([this.producer.disconnect().catch(() => undefined), grace.promise]);
    clearTimeout(timer);
    this.sockets.close();
  }
}

export interface ClientSetup {
  readonly options: KafkaOptions;
  readonly partitions: Partitions;
  readonly log: SenderContext['log'];
}

/** The text without the passwords of the config. */
export function masked(text: string, { sasl_plain_password: password, socks5_proxy: proxy }: KafkaOptions): string {
  const secrets = [password, proxy, proxy === undefined ? undefined : parseProxy(proxy).password];
  return secrets.reduce<string>(
    (clean, secret) => (secret === undefined || secret === '' ? clean : clean.replaceAll(secret, '***')),
    text,
  );
}

function loginOf(options: KafkaOptions): SASLOptions | undefined {
  const { security_protocol: protocol, sasl_plain_username: username, sasl_plain_password: password } = options;
  if (username === undefined || password === undefined || protocol?.startsWith('SASL_') === false) return undefined;
  return {
    mechanism: options.sasl_mechanism.toLowerCase() as 'plain' | 'scram-sha-256' | 'scram-sha-512',
    username,
    password,
  };
}

async function readSocketsOptions(options: KafkaOptions): Promise<SocketsOptions> {
  const tls = isEncrypted(options) ? await readTls(options) : undefined;
  return { tls, proxy: options.socks5_proxy === undefined ? undefined : parseProxy(options.socks5_proxy) };
}

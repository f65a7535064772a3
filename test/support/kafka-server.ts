import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import { makeCertificates, type Certificates } from './certificates.ts';
import { endChild, exitOf, leashed } from './child.ts';
import { mavenFolder } from './maven-jars.ts';
import { freePorts } from './ports.ts';
import { until } from './until.ts';

const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} = kafkajs;

/** Who may log in at the SASL listeners, by every mechanism. */
export const kafkaUser = { name: 'ship', password: 'shippw-3f9a' } as const;

const LISTENERS = ['PLAINTEXT', 'CONTROLLER', 'SSL', 'SASL_SSL', 'SASL_PLAINTEXT', 'PROXIED'] as const;
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];
/** A client's JVM: small, and quick to start. */
const SMALL_JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const BROKER_JVM = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';

/** A message as it lies in a partition. */
export interface StoredMessage {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

interface Place {
  readonly folder: string;
  readonly certificates: Certificates;
  /** The port of each listener, and the one as which `PROXIED` is advertised. */
  readonly ports: Readonly<Record<(typeof LISTENERS)[number] | 'proxy', number>>;
}

/**
 * A real Kafka broker, alone in its cluster (KRaft), which makes no topics by itself. Takes `need(t, 'kafka')`. Use it
 * with `await using`, and one for a whole file: its start takes seconds.
 */
export class KafkaServer implements AsyncDisposable {
  readonly certificates: Certificates;
  readonly #place: Place;
  #child: ChildProcess;

  private constructor(place: Place, child: ChildProcess) {
    this.#place = place;
    this.certificates = place.certificates;
    this.#child = child;
  }

  static async start(properties: Readonly<Record<string, string>> = {}): Promise<KafkaServer> {
    const folder = await mkdtemp(join(tmpdir(), 'kafka-'));
    const free = await freePorts(LISTENERS.length + 1);
    const ports = Object.fromEntries([...LISTENERS, 'proxy'].map((name, i) => [name, free[i]])) as Place['ports'];
    const place = { folder, ports, certificates: await makeCertificates(folder) };
    await writeSettings(place, properties);
    await runTool('kafka.tools.StorageTool', ...formatting(folder));
    return new KafkaServer(place, await launch(place));
  }

  /** Its address without TLS. */
  get address(): string {
    return `127.0.0.1:${this.#place.ports.PLAINTEXT}`;
  }

  /** With TLS; wants a client certificate. */
  get tlsAddress(): string {
    return `localhost:${this.#place.ports.SSL}`;
  }

  /** With TLS and a login. */
  get saslTlsAddress(): string {
    return `localhost:${this.#place.ports.SASL_SSL}`;
  }

  /** With a login, in the clear. */
  get saslAddress(): string {
    return `127.0.0.1:${this.#place.ports.SASL_PLAINTEXT}`;
  }

  /** For connections through a proxy that listens at `proxyPort`: where that has to lead to. */
  get proxiedAddress(): string {
    return `127.0.0.1:${this.#place.ports.PROXIED}`;
  }

  get proxyPort(): number {
    return this.#place.ports.proxy;
  }

  async createTopic(topic: string, numPartitions = 1, config: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.#asAdmin((admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }],
        waitForLeaders: true,
      }),
    );
  }

  async configureTopic(topic: string, config: Readonly<Record<string, string>>): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
    await this.#asAdmin((admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#asAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
  }

  /** From now on `kafkaUser` may do with the topic only this, and what it was allowed before in this way. */
  async allowOnly(topic: string, operation: 'ALTER_CONFIGS' | 'DESCRIBE' | 'WRITE'): Promise<void> {
    const acl = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${kafkaUser.name}`,
      host: '*',
      operation: AclOperationTypes[operation],
      permissionType: AclPermissionTypes.ALLOW,
    };
    await this.#asAdmin((admin) => admin.createAcls({ acl: [acl] }));
  }

  /** All topics that there are. */
  async topics(): Promise<string[]> {
    return this.#asAdmin((admin) => admin.listTopics());
  }

  /** How many messages each partition of the topic has had. */
  async counts(topic: string): Promise<number[]> {
    const offsets = await this.#asAdmin((admin) => admin.fetchTopicOffsets(topic));
    return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  }

  /** All that is stored in a topic, as Kafka's own consumer reads it, which decodes every compression. */
  async messages(topic: string): Promise<StoredMessage[]> {
    const stored: StoredMessage[] = [];
    for (const [partition, count] of (await this.counts(topic)).entries()) {
      if (count > 0) stored.push(...(await this.messagesIn(topic, partition, count)));
    }
    return stored;
  }

  /** By partition, so that no consumer group is needed, whose members a busy machine may lose. */
  private async messagesIn(topic: string, partition: number, count: number): Promise<StoredMessage[]> {
    const shown = ['key', 'headers', 'partition', 'offset', 'timestamp'].flatMap((what) => [
      '--formatter-property',
      `print.${what}=true`,
    ]);
    const { stdout } = await runTool(CONSUMER, ...this.#from(topic, partition, count), ...shown);
    return stdout.trimEnd().split('\n').map(readPrinted);
  }

  /** The values in a partition, in order, without holding them all. */
  async *eachValue(topic: string, partition: number): AsyncGenerator<string> {
    const count = (await this.counts(topic))[partition] ?? 0;
    if (count === 0) return;
    const [command, ...args] = leashed(
      'java',
      ...SMALL_JVM,
      '-cp',
      classPath(),
      CONSUMER,
      ...this.#from(topic, partition, count),
    );
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    yield* createInterface({ input: child.stdout, crlfDelay: Infinity });
    const { code } = await exitOf(child);
    if (code !== 0) throw new Error(`the consumer of partition ${partition} of ${topic} ended with ${code}`);
  }

  #from(topic: string, partition: number, count: number): string[] {
    return [
      ...['--bootstrap-server', this.address, '--topic', topic, '--partition', String(partition)],
      ...['--offset', 'earliest', '--max-messages', String(count), '--timeout-ms', '60000'],
    ];
  }

  /** Stops it as it is (SIGSTOP), or lets it go on (SIGCONT). */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** Ends it as a crash would, at once. */
  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await exitOf(this.#child);
  }

  /** Starts it again after `kill9`, with what it has stored. */
  async restart(): Promise<void> {
    this.#child = await launch(this.#place);
  }

  async #asAdmin<T>(action: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Kafka({ brokers: [this.address], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      return await action(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child, 2000);
    await rm(this.#place.folder, { recursive: true, force: true });
  }
}

function readPrinted(line: string): StoredMessage {
  const [time, partition, offset, headers, key, ...value] = line.split('\t');
  const numberIn = (text: string | undefined): number => Number(text?.split(':')[1]);
  return {
    timestampMs: numberIn(time),
    partition: numberIn(partition),
    offset: numberIn(offset),
    headers:
      headers === 'NO_HEADERS'
        ? {}
        : (Object.fromEntries(headers!.split(',').map((header) => header.split(':'))) as Record<string, string>),
    key: key === 'null' ? null : key!,
    value: value.join('\t'),
  };
}

function formatting(folder: string): string[] {
  const { name, password } = kafkaUser;
  const scram = MECHANISMS.filter((mechanism) => mechanism !== 'PLAIN').flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${name},password=${password}]`,
  ]);
  return ['format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', settingsIn(folder), ...scram];
}

async function launch({ folder, ports }: Place): Promise<ChildProcess> {
  const log = createWriteStream(join(folder, 'broker.log'), { flags: 'a' });
  const [command, ...args] = leashed('java', ...BROKER_JVM, '-cp', classPath(), 'kafka.Kafka', settingsIn(folder));
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log);
  const ended = new AbortController();
  void exitOf(child).then(async () => {
    ended.abort(new Error(`the broker ended: ${await readFile(join(folder, 'broker.log'), 'utf8')}`));
  });
  await until(() => isOpen(ports.PLAINTEXT), {
    what: 'the broker',
    deadlineMs: 300_000,
    everyMs: 50,
    signal: ended.signal,
  });
  return child;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const event = await new Promise<string>((resolve) => {
    for (const name of ['connect', 'error']) {
      socket.on(name, () => {
        resolve(name);
      });
    }
  });
  socket.destroy();
  return event === 'connect';
}

async function runTool(main: string, ...args: string[]): Promise<{ stdout: string }> {
  return promisify(execFile)('java', [...SMALL_JVM, '-cp', classPath(), main, ...args], { maxBuffer: 1 << 30 });
}

function classPath(): string {
  return join(mavenFolder('kafka'), '*');
}

function settingsIn(folder: string): string {
  return join(folder, 'server.properties');
}

async function writeSettings(place: Place, properties: Readonly<Record<string, string>>): Promise<void> {
  const { folder, certificates } = place;
  const { certfile, keyfile } = certificates.server;
  const identity = join(folder, 'identity.pem');
  await writeFile(identity, (await Promise.all([keyfile, certfile].map((path) => readFile(path, 'utf8')))).join(''));
  const settings = {
    ...clusterSettings(place),
    ...tlsSettings(identity, certificates.ca),
    ...saslSettings(),
    ...properties,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(settingsIn(folder), lines.join(''));
}

function clusterSettings({ folder, ports }: Place): Record<string, string> {
  const hosts = { SSL: 'localhost', SASL_SSL: 'localhost' } as Readonly<Record<string, string>>;
  const at = (name: (typeof LISTENERS)[number], port: number): string =>
    `${name}://${hosts[name] ?? '127.0.0.1'}:${port}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.CONTROLLER}`,
    listeners: LISTENERS.map((name) => at(name, ports[name])).join(','),
    'advertised.listeners': LISTENERS.filter((name) => name !== 'CONTROLLER')
      .map((name) => at(name, name === 'PROXIED' ? ports.proxy : ports[name]))
      .join(','),
    'listener.security.protocol.map': LISTENERS.map((name) =>
      name === 'CONTROLLER' || name === 'PROXIED' ? `${name}:PLAINTEXT` : `${name}:${name}`,
    ).join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'log.cleaner.dedupe.buffer.size': '10485760',
    'auto.create.topics.enable': 'false',
    // The entries of our journals are older than a week, and their times count.
    'log.retention.ms': '-1',
    // Who has not logged in may do all; who has, all that no ACL is about.
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': 'true',
  };
}

function tlsSettings(identity: string, ca: string): Record<string, string> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': identity,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': ca,
    'listener.name.ssl.ssl.client.auth': 'required',
    'listener.name.sasl_ssl.ssl.client.auth': 'none',
  };
}

function saslSettings(): Record<string, string> {
  const { name, password } = kafkaUser;
  const modules = {
    plain: `org.apache.kafka.common.security.plain.PlainLoginModule required user_${name}="${password}";`,
    'scram-sha-256': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'scram-sha-512': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  };
  const listeners = ['sasl_ssl', 'sasl_plaintext'].flatMap((listener) => [
    [`listener.name.${listener}.sasl.enabled.mechanisms`, MECHANISMS.join(',')],
    ...Object.entries(modules).map(([mechanism, module]) => [
      `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
      module,
    ]),
  ]);
  return Object.fromEntries(listeners) as Record<string, string>;
}

import { KafkaServer } from '../support/kafka-server.ts';
import { Toxiproxy } from '../support/toxiproxy.ts';
import { SpoiltLink, type Destination } from './destination.ts';
import { isLarge, LARGE_BYTES } from './entries.ts';
import { Tally } from './tally.ts';

const TOPIC = 'soak';
const PARTITIONS = 3;
/** A batch fits, a large entry alone does not. */
const BATCH_BYTES = LARGE_BYTES - 10_000;
const MESSAGE_BYTES = LARGE_BYTES - 5000;

/** A real Kafka; its topic takes no large messages. */
export async function openKafkaDestination(): Promise<Destination> {
  const server = await KafkaServer.start();
  await server.createTopic(TOPIC, PARTITIONS, { 'max.message.bytes': String(MESSAGE_BYTES) });
  const proxy = await Toxiproxy.start(server.proxiedAddress, server.proxyPort);
  const link = new SpoiltLink(proxy);
  let revive: (() => Promise<void> | void) | undefined;
  const wantReplicas = (count: number): Promise<void> =>
    server.configureTopic(TOPIC, { 'max.message.bytes': String(MESSAGE_BYTES), 'min.insync.replicas': String(count) });
  return {
    name: 'kafka',
    config: {
      output_type: 'kafka',
      kafka_address: proxy.address,
      kafka_topic: TOPIC,
      kafka_msg_key: '{LANE}',
      max_batch_bytes: BATCH_BYTES,
    },
    failures: {
      killed: async () => {
        await server.kill9();
        revive = () => server.restart();
      },
      hangs: () => {
        server.signal('SIGSTOP');
        revive = () => {
          server.signal('SIGCONT');
        };
        return Promise.resolve();
      },
      slow: () => link.slow(),
      refuses: async () => {
        await wantReplicas(2); // there is one
        revive = () => wantReplicas(1);
      },
      'resets after the request': () => link.resetAnswers(),
    },
    heal: async () => {
      await link.heal();
      await revive?.();
      revive = undefined;
    },
    tallies: async () => [await tallyOf(server)],
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function tallyOf(server: KafkaServer): Promise<Tally> {
  const tally = new Tally({ name: 'kafka', refuses: isLarge });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for await (const value of server.eachValue(TOPIC, partition)) tally.take(value, String(partition));
  }
  return tally;
}

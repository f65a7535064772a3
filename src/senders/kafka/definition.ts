import { parseProxy } from '../socks5.ts';
import type { SenderDefinition } from '../sender-definition.ts';
import { pointlessTls, tlsFaults } from '../tls.ts';
import { endpointsOfBrokers, isEncrypted } from './brokers.ts';
import { connectionFaults } from './connection-faults.ts';
import { headFields } from './head-fields.ts';
import { kafkaOptions } from './options.ts';

/** The `kafka` sender: one message for each entry, by an idempotent producer. */
export const kafkaSender: SenderDefinition<typeof kafkaOptions> = {
  type: 'kafka',
  stateType: 'KafkaSender',
  summary: 'Sends each entry as a message to Kafka and acknowledges it once all in-sync replicas have it.',
  options: kafkaOptions,
  defaultSendInterval: 0.3,
  head: headFields,
  endpoints: ({ kafka_address, socks5_proxy, ...own }) =>
    socks5_proxy === undefined
      ? endpointsOfBrokers(kafka_address, isEncrypted(own) ? own : undefined)
      : [parseProxy(socks5_proxy)],
  faults: (own) => [...tlsFaults(own), ...connectionFaults(own)],
  doubts: (own) => (isEncrypted(own) ? [] : pointlessTls(own, 'set "ssl" or an encrypted "security_protocol"')),
  async create(own, context) {
    const { createKafkaSender } = await import('./kafka-sender.ts');
    return createKafkaSender(own, context);
  },
};

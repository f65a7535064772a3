import { messageOf } from '../../errors.ts';
import type { KafkaOptions } from './options.ts';
import { parseBrokers } from './brokers.ts';
import { parseProxy } from '../socks5.ts';

interface Fault {
  readonly key: string;
  readonly message: string;
}

/** What is wrong between the options of the connection, or with one in a way that no schema tells. */
export function connectionFaults(options: KafkaOptions): Fault[] {
  return [
    ...tried('kafka_address', () => parseBrokers(options.kafka_address)),
    ...tried('socks5_proxy', () => options.socks5_proxy === undefined || parseProxy(options.socks5_proxy)),
    ...loginFaults(options),
  ];
}

function loginFaults({
  security_protocol: protocol,
  sasl_plain_username: name,
  sasl_plain_password: password,
}: KafkaOptions): Fault[] {
  if (protocol?.startsWith('SASL_') && name === undefined && password === undefined)
    return [{ key: 'security_protocol', message: 'needs "sasl_plain_username" and "sasl_plain_password"' }];
  if ((name === undefined) === (password === undefined)) return [];
  const [key, other] =
    name === undefined
      ? ['sasl_plain_password', 'sasl_plain_username']
      : ['sasl_plain_username', 'sasl_plain_password'];
  return [{ key, message: `needs "${other}" beside it` }];
}

function tried(key: string, parse: () => unknown): Fault[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [{ key, message: messageOf(error) }];
  }
}

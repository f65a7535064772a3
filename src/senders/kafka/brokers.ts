import type { Endpoint } from '../endpoint.ts';
import type { TlsFiles } from '../tls.ts';

const DEFAULT_PORT = 9092;

/**
 * `host:port` of each broker that `kafka_address` names, as kafkajs wants them: colons in a host (IPv6) are hidden, and
 * `readBroker` shows them again. Throws an Error with a sentence when an address cannot be understood.
 */
export function parseBrokers(address: string | readonly string[]): string[] {
  const names = [address].flat().flatMap((part) => part.split(','));
  const brokers = names
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map(parseBroker);
  if (brokers.length === 0) throw new Error('names no broker');
  return [...new Set(brokers)];
}

/** The host to connect to. */
export function readBroker(host: string): string {
  return host.replaceAll('|', ':');
}

/** The brokers as endpoints, encrypted with these files if there are any. */
export function endpointsOfBrokers(address: string | readonly string[], tls: TlsFiles | undefined): Endpoint[] {
  return parseBrokers(address).map((broker) => {
    const at = broker.lastIndexOf(':');
    return { host: readBroker(broker.slice(0, at)), port: Number(broker.slice(at + 1)), tls };
  });
}

/** Whether connections are encrypted: `security_protocol` says so, or else `ssl`. */
export function isEncrypted(options: {
  readonly security_protocol?: string | undefined;
  readonly ssl: boolean;
}): boolean {
  const { security_protocol: protocol, ssl } = options;
  return protocol === undefined ? ssl : protocol.endsWith('SSL');
}

function parseBroker(name: string): string {
  // Some write the protocol before it; here that is told by "security_protocol".
  const bare = name.replace(/^\w+:\/\//, '');
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/@[\]|]+))(?::(\d{1,5}))?$/.exec(bare);
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  if (match === null) throw new Error(`"${name}" is not of the form host:port`);
  if (port < 1 || port > 65_535) throw new Error(`"${name}" is not of the form host:port: ports go from 1 to 65535`);
  return `${(match[1] ?? match[2]!).replaceAll(':', '|')}:${port}`;
}

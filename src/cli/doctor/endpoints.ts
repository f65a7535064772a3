import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Endpoint } from '../../senders/endpoint.ts';
import { senderDefinition } from '../../senders/registry.ts';
import { enabledSenders, type Facts } from './facts.ts';

/** Where a sender connects to, and which senders share that. */
export interface Destination extends Endpoint {
  /** `reader.sender` of each. */
  readonly owners: readonly string[];
  /** For people: `logs.example:9200`. */
  readonly address: string;
}

/** All places that the enabled senders connect to, each once. */
export function destinationsOf({ config }: Facts): Destination[] {
  const all = new Map<string, Destination>();
  for (const { name, part } of enabledSenders(config)) {
    for (const endpoint of senderDefinition(part.output_type)?.endpoints?.(part.options) ?? []) {
      const { host, port, tls } = endpoint;
      const key = JSON.stringify([host, port, tls?.ca, tls?.certfile, tls !== undefined]);
      const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      all.set(key, { ...endpoint, address, owners: [...(all.get(key)?.owners ?? []), name] });
    }
  }
  return [...all.values()];
}

/** Whether the name leads anywhere; an address does by itself. */
export async function isResolvable(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return true;
  return lookup(host).then(
    () => true,
    () => false, // told where names are looked up
  );
}

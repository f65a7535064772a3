import { isIP } from 'node:net';
import type { Tags } from './statsd-name.ts';

/** The `statsd` section of a config: `host` and `port`, or `path`. */
export interface StatsdConfig {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Of a Unix datagram socket. */
  readonly path?: string | undefined;
  readonly prefix?: string | undefined;
  readonly tags?: Tags | undefined;
}

/** Where a statsd listens: UDP at an IP address, UDP at a name that has to be looked up, or a Unix datagram socket. */
export type StatsdAddress =
  | { readonly kind: 'ip' | 'name'; readonly host: string; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

/** Where the metrics are to go; undefined when the config does not say so in full. */
export function statsdAddress(config: StatsdConfig = {}): StatsdAddress | undefined {
  const { path, host, port } = config;
  if (path !== undefined) return { kind: 'socket', path };
  if (host === undefined || port === undefined) return undefined;
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return { kind: isIP(bare) === 0 ? 'name' : 'ip', host: bare, port };
}

/** The address for people. */
export function describeAddress(address: StatsdAddress): string {
  if (address.kind === 'socket') return address.path;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

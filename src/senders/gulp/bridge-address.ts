import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { createHash } from 'node:crypto';
import type { GulpOptions } from './options.ts';

/** How Gulp knows this bridge. */
export interface BridgeIdentity {
  readonly name: string;
  readonly url: string;
  /** As the manager computes it. */
  readonly id: string;
}

/** The name and address of this bridge in Gulp; undefined without a `bridge_url`. */
export function identityOf({
  bridge_url,
  bridge_port,
  bridge_name = hostname(),
}: GulpOptions): BridgeIdentity | undefined {
  if (bridge_url === undefined) return undefined;
  const plain = bridge_url.replace(/\/+$/, '');
  const url = new URL(plain).port !== '' || bridge_port === undefined ? plain : withPort(plain, bridge_port);
  return {
    name: bridge_name,
    url,
    id: createHash('sha1')
      .update(bridge_name + url)
      .digest('hex'),
  };
}

/** Where the control API is to listen. */
export async function listenAddress(options: GulpOptions): Promise<{ host: string; port: number }> {
  const { host, port } = statedAddress(options);
  return options.listen === undefined ? { host: await ownAddress(host), port } : { host, port };
}

/** Where the config says that it listens: without `listen` that is where Gulp calls, which need not be this host. */
export function statedAddress({ listen, bridge_url, bridge_port }: GulpOptions): { host: string; port: number } {
  if (listen !== undefined) {
    const at = listen.lastIndexOf(':');
    return { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(listen.slice(at + 1)) };
  }
  const url = new URL(bridge_url!);
  const port = url.port === '' ? (bridge_port ?? 0) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** Whether nobody but this host can connect to this address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host.startsWith('::ffff:127.');
}

/** The address behind a name if it is one of this host's; the way there may lead through a proxy on this host otherwise. */
async function ownAddress(host: string): Promise<string> {
  const found = isIP(host)
    ? host
    : await lookup(host).then(
        ({ address }) => address,
        () => '',
      );
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  return isLoopback(found) || own.includes(found) ? found : '127.0.0.1';
}

function withPort(url: string, port: number): string {
  const { pathname } = new URL(url);
  const path = pathname === '/' ? '' : pathname;
  return `${url.slice(0, url.length - path.length)}:${port}${path}`;
}

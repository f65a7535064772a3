import type { Socket } from 'node:net';
import { describeConnectionTrouble } from './connection-trouble.ts';

/** Where a SOCKS5 proxy is, and how to log in there. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly userId?: string;
  readonly password?: string;
}

const DEFAULT_PORT = 1080;

/** Reads `socks5://user:password@host:port`; the scheme may be left out. Throws an Error that shows no password. */
export function parseProxy(text: string): Proxy {
  const url = URL.parse(/^\w+:\/\//.test(text) ? text : `socks5://${text}`);
  if (url === null || url.hostname === '' || !['', '/'].includes(url.pathname))
    throw new Error('must be of the form socks5://host:port, with user:password@ before the host if need be');
  if (!['socks5:', 'socks5h:'].includes(url.protocol)) throw new Error(`"${url.protocol}//" is not a SOCKS5 proxy`);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    ...(url.username !== '' && {
      userId: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    }),
  };
}

export interface Tunnel {
  readonly proxy: Proxy;
  /** Where the proxy is to lead to; it looks the name up. */
  readonly destination: { readonly host: string; readonly port: number };
  readonly timeoutMs?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a socket that is connected to the proxy, or about to be, a connection to the destination. Throws an Error that shows
 * no login; the socket is closed then.
 */
export async function throughProxy<S extends Socket>(socket: S, tunnel: Tunnel): Promise<S> {
  const { proxy, destination, timeoutMs: timeout, signal } = tunnel;
  const { host, port, ...login } = proxy;
  const giveUp = (): void => void socket.destroy(new Error('it gave no answer in time'));
  signal?.addEventListener('abort', giveUp, { once: true });
  const broken = new Promise<never>((_, reject) => {
    socket.once('error', reject);
  });
  try {
    signal?.throwIfAborted();
    // Only for those who have a proxy.
    const { SocksClient } = await import('socks');
    const asked = SocksClient.createConnection({
      proxy: { host, port, type: 5, ...login },
      command: 'connect',
      destination,
      existing_socket: socket,
      ...(timeout !== undefined && { timeout }),
    });
    await Promise.race([asked, broken]);
    return socket;
  } catch (error) {
    socket.destroy();
    // The library's error is no cause: it holds the login of the proxy.
    // eslint-disable-next-line preserve-caught-error
    throw new Error(`the SOCKS5 proxy ${host}:${port} leads nowhere: ${describeConnectionTrouble(error)}`);
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

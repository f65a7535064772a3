import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import { until } from './until.ts';

/** What unix-dgram offers; it has no types. */
interface UnixDatagramModule {
  createSocket(type: 'unix_dgram'): EventEmitter & { bind(path: string): void; close(): void };
}

/** For the option `skip` of tests that need it: many a container has none. */
export const lacksIpv6 =
  !Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1')) &&
  'there is no IPv6 here';

const require = createRequire(import.meta.url);

/** A statsd that only listens, at a port of its own or at a path. Use it with `using`. */
export class StatsdServer implements Disposable {
  /** All datagrams so far, as text. */
  readonly datagrams: string[] = [];
  readonly port: number;
  readonly #close: () => void;

  private constructor(socket: EventEmitter, port: number, close: () => void) {
    socket.on('message', (datagram: Buffer) => this.datagrams.push(datagram.toString()));
    this.port = port;
    this.#close = close;
  }

  /** Listens at a free UDP port of this address. */
  static async atAddress(host: string): Promise<StatsdServer> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new StatsdServer(socket, socket.address().port, () => {
      socket.close();
    });
  }

  /** Listens at a Unix datagram socket; goes away with the file when it is disposed. */
  static atPath(path: string): StatsdServer {
    const unixDatagrams = require('unix-dgram') as UnixDatagramModule;
    const socket = unixDatagrams.createSocket('unix_dgram');
    socket.bind(path);
    return new StatsdServer(socket, 0, () => {
      socket.close();
      rmSync(path, { force: true });
    });
  }

  /** All lines so far, in the order of their coming. */
  get lines(): string[] {
    return this.datagrams.flatMap((datagram) => datagram.split('\n'));
  }

  /** Waits for a line that is, or matches, this one. */
  async waitForLine(wanted: string | RegExp): Promise<string> {
    const isIt = (line: string) => (typeof wanted === 'string' ? line === wanted : wanted.test(line));
    return until(() => this.lines.find(isIt), { what: () => `${String(wanted)} among: ${this.lines.join(' ')}` });
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

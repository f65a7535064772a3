import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { describeConnectionTrouble } from '../connection-trouble.ts';
import type { TlsMaterial } from '../tls.ts';
import { readBroker } from './brokers.ts';
import { Line } from './line.ts';
import { throughProxy, type Proxy } from '../socks5.ts';

/** What kafkajs asks for when it needs a connection. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

export interface SocketsOptions {
  /** Undefined: not encrypted. */
  readonly tls: TlsMaterial | undefined;
  readonly proxy: Proxy | undefined;
}

/** Where a connection failed, and what the system, TLS or the proxy said. */
export interface SocketTrouble {
  readonly broker: string;
  readonly reason: string;
}

const KEEP_ALIVE_MS = 60_000;

/** The connections of one client. kafkajs cannot be stopped while it waits for something; its sockets can. */
export class Sockets {
  /** What went wrong last; the client's own errors have lost most of it. */
  trouble: SocketTrouble | undefined;
  private options: SocketsOptions;
  private readonly open = new Set<Duplex>();
  private isClosed = false;

  constructor(options: SocketsOptions) {
    this.options = options;
  }

  /** For the connections to come. */
  use(options: SocketsOptions): void {
    this.options = options;
  }

  /** A connection, directly or through the proxy; kafkajs's socketFactory. */
  create({ host: name, port, onConnect }: SocketRequest): Socket {
    if (this.isClosed) throw new Error('the client is closed');
    const host = readBroker(name);
    const line = new Line();
    line.on('error', (error: unknown) => {
      this.trouble = { broker: `${host}:${port}`, reason: describeConnectionTrouble(error) };
    });
    if (this.options.proxy === undefined) line.lead(this.direct(host, port, onConnect));
    else this.tunnel(line, { host, port, onConnect });
    // It has the part of a socket that kafkajs uses.
    return line as unknown as Socket;
  }

  /** Cuts all connections, and makes no more. */
  close(): void {
    this.isClosed = true;
    for (const socket of this.open) socket.destroy();
  }

  private direct(host: string, port: number, onConnect: () => void): Socket {
    const { tls } = this.options;
    const socket =
      tls === undefined ? connect({ host, port }, onConnect) : connectTls({ port, ...nameOf(host), ...tls }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    return this.kept(socket);
  }

  private tunnel(line: Line, { host, port, onConnect }: SocketRequest): void {
    const { tls } = this.options;
    this.dial(host, port).then(
      (raw) => {
        const socket = tls === undefined ? raw : this.kept(connectTls({ socket: raw, ...nameOf(host), ...tls }));
        line.lead(socket);
        if (tls === undefined) onConnect();
        else socket.once('secureConnect', onConnect);
      },
      (error: unknown) => line.emit('error', error),
    );
  }

  private dial(host: string, port: number): Promise<Socket> {
    const proxy = this.options.proxy!;
    const socket = this.kept(connect({ host: proxy.host, port: proxy.port }));
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    return throughProxy(socket, { proxy, destination: { host, port } });
  }

  private kept<S extends Duplex>(socket: S): S {
    this.open.add(socket);
    socket.on('close', () => this.open.delete(socket));
    return socket;
  }
}

function nameOf(host: string): { servername?: string; host: string } {
  return isIP(host) === 0 ? { servername: host, host } : { host };
}

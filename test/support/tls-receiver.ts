import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { Certificates } from './certificates.ts';

/** A WebSocket receiver behind TLS. */
export interface TlsReceiver {
  readonly port: number;
  /** What it has got, as text. */
  readonly frames: string[];
  /** The common name of each client's certificate, in the order in which they came. */
  readonly clients: string[];
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts a receiver, which wants a client certificate if told so; it ends with the test. */
export async function serveTls(
  t: TestContext,
  { ca, server: files }: Certificates,
  { wantsClient = false } = {},
): Promise<TlsReceiver> {
  const [key, cert, authority] = await Promise.all([files.keyfile, files.certfile, ca].map((file) => readFile(file)));
  const server = createServer({
    key: key!,
    cert: cert!,
    ca: authority!,
    requestCert: wantsClient,
    rejectUnauthorized: wantsClient,
  });
  const frames: string[] = [];
  const clients: string[] = [];
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    clients.push(commonNameOf(request.socket));
    socket.on('message', (data) => frames.push((data as Buffer).toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, frames, clients, sockets };
}

/** `undefined` as text where there is no certificate. */
function commonNameOf(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) throw new Error('a connection without TLS');
  // Without a certificate it is an empty object, whatever its type says.
  const { subject } = socket.getPeerCertificate() as { subject?: { CN: string } };
  return String(subject?.CN);
}

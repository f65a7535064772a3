import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { Tally } from './account.ts';
import type { Destination } from './destination.ts';

const HOST = '127.0.0.1';
const NUL = '\0';

/** A WebSocket server that can be killed, and can stop reading. */
export async function openSocketDestination(name: string): Promise<Destination> {
  const receiver = new Receiver(name);
  await receiver.listen();
  return {
    name,
    config: {
      output_type: 'websocket',
      websocket_uri: `ws://${HOST}:${receiver.port}`,
      compression: 'none',
      max_send_interval: 0.1,
    },
    failures: { killed: () => receiver.close(), hangs: () => receiver.hang() },
    heal: () => receiver.heal(),
    tally: () => Promise.resolve(receiver.tally),
    [Symbol.asyncDispose]: () => receiver.close(),
  };
}

class Receiver {
  readonly tally: Tally;
  port = 0;
  private server: WebSocketServer | undefined;
  private isHanging = false;

  constructor(name: string) {
    this.tally = new Tally(name);
  }

  async listen(): Promise<void> {
    this.server = new WebSocketServer({ host: HOST, port: this.port });
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    this.server.on('connection', (socket) => {
      this.serve(socket);
    });
  }

  hang(): Promise<void> {
    this.isHanging = true;
    for (const socket of this.server?.clients ?? []) socket.pause();
    return Promise.resolve();
  }

  async heal(): Promise<void> {
    this.isHanging = false;
    for (const socket of this.server?.clients ?? []) socket.resume();
    if (this.server === undefined) await this.listen();
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }

  private serve(socket: WebSocket): void {
    if (this.isHanging) socket.pause();
    socket.on('error', () => undefined); // the sender sees it, too
    socket.on('message', (data: RawData) => {
      for (const line of (data as Buffer).toString().split(NUL)) {
        const { SEQ } = JSON.parse(line) as { SEQ?: string };
        if (SEQ !== undefined) this.tally.add(Number(SEQ));
      }
    });
  }
}

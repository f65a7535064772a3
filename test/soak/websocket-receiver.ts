import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { uncompressSync } from 'snappy';
import { WebSocketServer, type WebSocket } from 'ws';

const HOST = '127.0.0.1';
const NUL = '\0';

/** Receives entries over WebSockets, and acknowledges each frame once all of it was taken. */
export class WebSocketReceiver {
  port = 0;
  private readonly take: (entry: string) => void;
  private server: WebSocketServer | undefined;
  private isHanging = false;
  private isRefusing = false;

  constructor(take: (entry: string) => void) {
    this.take = take;
  }

  async listen(): Promise<void> {
    this.server = new WebSocketServer({
      host: HOST,
      port: this.port,
      verifyClient: (_info, answer) => {
        answer(!this.isRefusing, 503);
      },
    });
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    this.server.on('connection', (socket) => {
      this.serve(socket);
    });
  }

  /** Reads no more, and says nothing. */
  hang(): void {
    this.isHanging = true;
    for (const socket of this.server?.clients ?? []) socket.pause();
  }

  /** Lets nobody in, and those go who are in. */
  refuse(): void {
    this.isRefusing = true;
    for (const socket of this.server?.clients ?? []) socket.close(1013);
  }

  async heal(): Promise<void> {
    this.isHanging = this.isRefusing = false;
    for (const socket of this.server?.clients ?? []) socket.resume();
    if (this.server === undefined) await this.listen();
  }

  /** Is gone at once; what was taken is not. */
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
    let ack = 1;
    socket.on('error', () => undefined); // the sender sees it, too
    socket.on('message', (frame) => {
      for (const entry of uncompressSync(frame as Buffer)
        .toString()
        .split(NUL))
        this.take(entry);
      socket.send(JSON.stringify({ ack: ack++ }));
    });
  }
}

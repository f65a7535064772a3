import type { Socket } from 'node:net';

const MAX_CALLERS = 256;

/**
 * The connections to the control API. When there are too many, the oldest of those goes that have not shown the token: who
 * opens a thousand and says nothing keeps out nobody who has it.
 */
export class Callers {
  private readonly strangers = new Map<string, Socket>();
  private readonly known = new Set<string>();

  add(socket: Socket): void {
    const key = keyOf(socket);
    this.strangers.set(key, socket);
    socket.once('close', () => {
      this.known.delete(key);
      if (this.strangers.get(key) === socket) this.strangers.delete(key);
    });
    if (this.strangers.size + this.known.size <= MAX_CALLERS) return;
    const [oldest] = this.strangers;
    this.strangers.delete(oldest![0]);
    oldest![1].destroy();
  }

  /** This one has shown the token. */
  welcome(socket: Socket): void {
    const key = keyOf(socket);
    if (this.strangers.delete(key)) this.known.add(key);
  }
}

/** TLS has a socket of its own around the one that came: what they have in common is the other end. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

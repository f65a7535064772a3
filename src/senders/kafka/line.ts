import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Frames } from './frames.ts';

/** What kafkajs takes for a socket: it leads to one that may not be there yet, and hands out whole answers only. */
export class Line extends EventEmitter {
  private readonly frames = new Frames();
  private socket: Duplex | undefined;
  private isEnded = false;

  lead(socket: Duplex): void {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    socket.on('end', () => this.emit('end'));
    socket.on('error', (error) => this.emit('error', error));
    if (this.isEnded) socket.destroy();
  }

  write(chunk: Buffer | string, encoding: BufferEncoding): void {
    this.socket?.write(chunk, encoding);
  }

  end(): void {
    this.isEnded = true;
    const { socket } = this;
    if (socket === undefined) return;
    // Whoever does not close it from the other side would keep it, and us, for ever.
    socket.end(() => socket.destroy());
    if (socket.writableNeedDrain) socket.destroy();
  }

  unref(): void {
    // It is destroyed by then.
  }

  /** What kafkajs throws at an answer that it cannot read would otherwise end the process. */
  private receive(chunk: Buffer): void {
    try {
      const answers = this.frames.push(chunk);
      if (answers !== undefined) this.emit('data', answers);
    } catch (error) {
      this.socket?.destroy(error as Error);
    }
  }
}

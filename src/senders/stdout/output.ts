import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const writeTo = promisify(write);

/** An open file descriptor that bytes are written to, whatever it is. */
export interface Output {
  /** Resolves when the system has taken all the bytes; they must stay as they are until then. */
  write(bytes: Buffer): Promise<void>;
}

/**
 * What a descriptor needs so that a reader who does not read stops nobody else: pipes and sockets are written to without
 * blocking (`process.stdout` would block), files and terminals by a thread.
 */
export function openOutput(fd: number): Output {
  const kind = fstatSync(fd);
  return kind.isFIFO() || kind.isSocket() ? openPipe(fd) : openFile(fd);
}

function openPipe(fd: number): Output {
  const socket = new Socket({ fd, readable: false, writable: true });
  let end: Error | undefined;
  socket.on('error', (error) => (end = error));
  socket.unref();
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error | null): void => {
          if (error) reject(error);
          else resolve();
        };
        if (end === undefined) socket.write(bytes, settle);
        else settle(end);
      }),
  };
}

function openFile(fd: number): Output {
  let isTorn = false;
  return {
    async write(lines) {
      // What was begun and not finished, on a full disk, must not run into the next line.
      const bytes = isTorn ? Buffer.concat([Buffer.from('\n'), lines]) : lines;
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await writeTo(fd, bytes, at);
        at += bytesWritten;
        isTorn = bytes[at - 1] !== 0x0a;
      }
    },
  };
}

import { close, fdatasync, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What of an open file is needed to append to it. */
export type Appendable = Pick<FileHandle, 'fd' | 'datasync' | 'close'> & {
  write(bytes: Uint8Array, offset: number, length: number, position: null): Promise<{ bytesWritten: number }>;
};

const writeTo = promisify(write);
const syncTo = promisify(fdatasync);
const closeIt = promisify(close);

/** A file that another thread has opened, by its number. Whoever holds it closes it, once. */
export class Descriptor implements Appendable {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  write(bytes: Uint8Array, offset: number, length: number, position: null): Promise<{ bytesWritten: number }> {
    return writeTo(this.fd, bytes, offset, length, position);
  }

  datasync(): Promise<void> {
    return syncTo(this.fd);
  }

  close(): Promise<void> {
    return closeIt(this.fd);
  }
}

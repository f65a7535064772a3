import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { messageOf, systemCodeOf } from './errors.ts';

/** No credential and no bundle of certificates is larger; systemd's own limit is the same. */
const MAX_BYTES = 1024 * 1024;
const PIECE_BYTES = 16 * 1024;

/**
 * The bytes of a small file; throws an Error with a sentence that names it as `what`. Anything but a regular file is
 * refused unless it `mayBePipe`: to read a device or a pipe may never end.
 */
export async function readSmallFile(path: string, what: string, { mayBePipe = false } = {}): Promise<Buffer> {
  try {
    // To open a pipe that nobody writes to would wait for somebody.
    await using file = await open(path, constants.O_RDONLY | (mayBePipe ? 0 : constants.O_NONBLOCK));
    if (!mayBePipe && !(await file.stat()).isFile()) throw new Error('it is no regular file');
    return await readAtMost(file, MAX_BYTES);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT') throw new Error(`${what} does not exist`, { cause: error });
    if (code === 'EACCES') throw new Error(`${what} may not be read by us`, { cause: error });
    throw new Error(`${what} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** What a size says need not be true: a file in /proc has none, others grow. */
async function readAtMost(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let size = 0; size <= maxBytes;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE_BYTES));
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  throw new Error(`it is larger than ${maxBytes} bytes`);
}

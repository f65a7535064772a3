import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ConfigError } from '../errors.ts';
import { readTrouble } from '../read-trouble.ts';

/** A config is read whole; what is larger is not a config. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/** The text of a config file, without a byte order mark; throws ConfigError when there is none to be had. */
export async function readConfigText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (!isUtf8(bytes)) throw unusable(file, `line ${firstBadLine(bytes)} is not valid UTF-8; save the file as UTF-8`);
  return new TextDecoder().decode(bytes);
}

/** The one fault of a file that holds no config. */
export function unusable(file: string, reason: string, options?: ErrorOptions): ConfigError {
  return new ConfigError([{ path: '', message: `${file}: ${reason}` }], options);
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file);
    return await readLimited(file, handle);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw unusable(file, `cannot be read: ${readTrouble(cause)}`, { cause });
  }
}

/** Pipes and devices have no size to ask for, so the limit is kept while reading. */
async function readLimited(file: string, handle: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= MAX_CONFIG_BYTES;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(65_536));
    if (bytesRead === 0) return Buffer.concat(chunks, size);
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  throw unusable(file, `larger than ${MAX_CONFIG_BYTES / 1024 / 1024} MiB: this is no config`);
}

function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
  return line;
}

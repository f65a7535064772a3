import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ConfigError, messageOf, systemCodeOf } from '../errors.ts';

/** A config is read whole; what is larger is not a config. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied; let the user that runs journalbridge read it',
  EPERM: 'permission denied; let the user that runs journalbridge read it',
  EISDIR: 'it is a directory; name the file in it',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
};

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
    const reason = REASONS[systemCodeOf(cause) ?? ''] ?? messageOf(cause);
    throw unusable(file, `cannot be read: ${reason}`, { cause });
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

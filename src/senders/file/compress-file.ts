import { createReadStream } from 'node:fs';
import { lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { syncDirectory } from '../../sync-directory.ts';
import { temporaryName } from './rotated-name.ts';

/** How rotated files are compressed. */
export type Compression = 'gzip' | 'zstd';

/** Fast levels: the disk is spared most of it, and the journal need not wait. */
const GZIP_LEVEL = 1;
const PIECE_BYTES = 256 * 1024;
const SUFFIX = { gzip: '.gz', zstd: '.zst' } as const;

/** Puts a compressed file in the place of a file, with its mode, owner and time; returns its path. The original goes last. */
export async function compressFile(path: string, compress: Compression, signal: AbortSignal): Promise<string> {
  const found = await lstat(path);
  if (!found.isFile()) return path;
  const compressed = path + SUFFIX[compress];
  const temporary = join(dirname(path), temporaryName(compressed));
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.chown(found.uid, found.gid).catch(() => undefined); // only root may give files away
    await file.chmod(found.mode & 0o777);
    const source = createReadStream(path, { highWaterMark: PIECE_BYTES });
    await pipeline(source, squeezer(compress), (pieces) => writeAll(file, pieces), { signal });
    await file.utimes(found.atime, found.mtime);
    await file.sync();
  } catch (error) {
    await file.close();
    await unlink(temporary);
    throw error;
  }
  await file.close();
  await rename(temporary, compressed);
  await syncDirectory(dirname(path));
  await unlink(path);
  return compressed;
}

function squeezer(compress: Compression) {
  return compress === 'gzip'
    ? createGzip({ level: GZIP_LEVEL, chunkSize: PIECE_BYTES })
    : createZstdCompress({ chunkSize: PIECE_BYTES, params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

async function writeAll(file: FileHandle, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) await file.appendFile(piece);
}

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Readable } from 'node:stream';
import { systemCodeOf } from '../../errors.ts';
import { readChained } from './chain.ts';

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** The hash of the last line of a file, plain or compressed; undefined when there is no such file, line or hash. */
export async function lastHash(path: string): Promise<string | undefined> {
  const line = (await lastLine(path)) ?? (await lastCompressedLine(path));
  return line === undefined ? undefined : readChained(line)?.chain;
}

/** The content of a file, decompressed if its name says that it is compressed. */
export function contentOf(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const inflate = path.endsWith('.gz') ? createGunzip() : path.endsWith('.zst') ? createZstdDecompress() : undefined;
  if (inflate === undefined) return file;
  file.on('error', (error) => inflate.destroy(error));
  return file.pipe(inflate);
}

async function lastLine(path: string): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch(ignoreMissing);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    for (let wanted = PIECE_BYTES; ; wanted *= 4) {
      const piece = Buffer.alloc(Math.min(wanted, size));
      await file.read(piece, 0, piece.length, size - piece.length);
      const line = lineAtEnd(piece, piece.length === size);
      if (line !== undefined) return line.length === 0 ? undefined : line;
    }
  } finally {
    await file.close();
  }
}

/** The last whole line; empty when there is none, undefined when it begins before the piece. */
function lineAtEnd(piece: Buffer, isAll: boolean): Buffer | undefined {
  const end = piece.lastIndexOf(NEWLINE);
  const start = end <= 0 ? -1 : piece.lastIndexOf(NEWLINE, end - 1);
  if (start < 0 && !isAll) return undefined;
  return piece.subarray(start + 1, Math.max(0, end));
}

async function lastCompressedLine(path: string): Promise<Buffer | undefined> {
  for (const suffix of ['.gz', '.zst']) {
    try {
      let rest = Buffer.alloc(0);
      for await (const piece of contentOf(path + suffix)) {
        const all = Buffer.concat([rest, piece as Buffer]);
        const end = all.lastIndexOf(NEWLINE, -2);
        rest = all.subarray(end + 1);
      }
      return rest.at(-1) === NEWLINE ? rest.subarray(0, -1) : rest;
    } catch (error) {
      ignoreMissing(error);
    }
  }
  return undefined;
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) === 'ENOENT') return undefined;
  throw error;
}

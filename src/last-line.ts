import type { FileHandle } from 'node:fs/promises';

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Where the last whole line of a file of this size ends: 0 when it has no newline. */
export async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const piece = Buffer.alloc(Math.min(PIECE_BYTES, size));
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - piece.length);
    const { bytesRead } = await file.read(piece, 0, end - start, start);
    const newline = piece.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

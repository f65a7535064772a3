import type { FileHandle } from 'node:fs/promises';
import { RetryableError } from '../../errors.ts';
import { endOfLastLine } from '../../last-line.ts';

/**
 * Cuts off what lies behind the last newline, which a crash in the middle of a write has left; returns how many bytes.
 * Throws RetryableError when the file neither is known to be ours nor begins like JSON lines: it is not ours to cut.
 */
export async function repairTornLine(
  file: FileHandle,
  size: number,
  { path, isOurs = false }: { readonly path: string; readonly isOurs?: boolean },
): Promise<number> {
  const end = isOurs ? await endOfLastLine(file, size) : await checkBeginning(file, size, path);
  if (end === size) return 0;
  await file.truncate(end);
  await file.datasync();
  return size - end;
}

/** Where the last whole line ends; throws RetryableError when what lies behind it is not ours to cut. Changes nothing. */
export async function checkBeginning(file: FileHandle, size: number, path: string): Promise<number> {
  const end = await endOfLastLine(file, size);
  if (end < size && !(await beginsLikeOurs(file))) {
    throw new RetryableError(`${path} ends without a newline and does not begin like JSON lines: it is left alone`);
  }
  return end;
}

// Zeros are what a power loss leaves of a write whose size came to disk before its bytes.
async function beginsLikeOurs(file: FileHandle): Promise<boolean> {
  const first = Buffer.alloc(1);
  await file.read(first, 0, 1, 0);
  return first[0] === 0x7b || first[0] === 0;
}

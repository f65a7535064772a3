import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';

/** A file as it stood at some moment: enough to find it again, and to prove that nobody but us has changed it since. */
export interface FileRecord {
  readonly path: string;
  /** Device, inode and time of birth. */
  readonly id: string;
  readonly size: number;
  /** Of the last bytes before `size`. */
  readonly tail: string;
  /** Of its last line, where lines are chained. */
  readonly chain?: string;
  /** Somebody else has written to it since it was recorded last. */
  readonly isShared?: true;
}

/** So many bytes before the end tell one state of a file from another: they hold a cursor or a time. */
export const TAIL_BYTES = 512;

/** What tells a file from all others; its birth, as the inode of a file that was removed is given to another one. */
export function identityOf({ dev, ino, birthtimeNs }: Pick<BigIntStats, 'dev' | 'ino' | 'birthtimeNs'>): string {
  return `${dev}:${ino}:${birthtimeNs}`;
}

/** What a record keeps of the last bytes of a file. */
export function tailHash(bytes: Uint8Array): string {
  return hash('sha256', bytes).slice(0, 32);
}

/** The last bytes before `size`. */
export async function readTail(file: FileHandle, size: number): Promise<Buffer> {
  const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
  const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
  return tail.subarray(0, bytesRead);
}

/** A record as it was kept in a file that anybody may have changed; undefined when it is none. */
export function parseRecord(value: unknown): FileRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, id, size, tail, chain, isShared } = value as Record<string, unknown>;
  const isRecord =
    typeof path === 'string' && typeof id === 'string' && typeof tail === 'string' && Number.isSafeInteger(size);
  if (!isRecord || (size as number) < 0) return undefined;
  return {
    path,
    id,
    size: size as number,
    tail,
    ...(typeof chain === 'string' ? { chain } : {}),
    ...(isShared === true ? { isShared } : {}),
  };
}

import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import type { KafkaOptions } from './options.ts';

/** Compresses the records of a batch. */
export interface Compress {
  /** Kafka's number for it. */
  readonly type: number;
  bytes(records: Buffer): Buffer | Promise<Buffer>;
}

/**
 * Loads the library for it only now; undefined for none. Those of Snappy and LZ4 are quick, and have an allocator that
 * keeps memory for each thread that it was ever used in: they are used in this one only.
 */
export async function loadCompress(name: KafkaOptions['compression']): Promise<Compress | undefined> {
  switch (name) {
    case 'none':
      return undefined;
    case 'gzip':
      return { type: 1, bytes: promisify(gzip) };
    case 'snappy':
      return { type: 2, bytes: (await import('snappy')).compressSync };
    case 'lz4':
      return { type: 3, bytes: (await import('./lz4-frame.ts')).compressLz4Frame };
    case 'zstd':
      return { type: 4, bytes: promisify(zstdCompress) };
  }
}

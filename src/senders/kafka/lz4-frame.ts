import { compressSync } from 'lz4-napi';

/** Magic number; version 1 with independent blocks; blocks of up to 4 MiB; the checksum of these two bytes. */
const HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
const END = Buffer.alloc(4);
const MAX_BLOCK_BYTES = 4 * 1024 * 1024;
/** Set in a block's size when it is stored as it is. */
const STORED = 0x8000_0000;
/** The library puts the size of the content before a block. */
const PREFIX_BYTES = 4;

/**
 * An LZ4 frame whose blocks do not depend on each other: Kafka's Java clients refuse others, and the library's own
 * frames are such others.
 */
export function compressLz4Frame(bytes: Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let start = 0; start < bytes.length; start += MAX_BLOCK_BYTES) {
    const block = bytes.subarray(start, start + MAX_BLOCK_BYTES);
    const packed = compressSync(block).subarray(PREFIX_BYTES);
    const size = Buffer.alloc(4);
    const isSmaller = packed.length < block.length;
    size.writeUInt32LE(isSmaller ? packed.length : (block.length | STORED) >>> 0);
    parts.push(size, isSmaller ? packed : block);
  }
  return Buffer.concat([...parts, END]);
}

/** CRC-32C (Castagnoli) bit by bit, reflected. */
const POLYNOMIAL = 0x82f6_3b78;
const STEP = 8;

/** Table k, at 256 * k: the remainder of a byte that k more bytes follow. */
const TABLES = makeTables();

/**
 * The checksum of a record batch, eight bytes at a time (slicing-by-8, Kounavis and Berry 2005); zlib's crc32 is of
 * another polynomial. Takes a little-endian machine, as all are that Node has builds for.
 */
export function crc32c(bytes: Uint8Array): number {
  const wordsFrom = Math.min(bytes.length, -bytes.byteOffset & 3);
  const pairs = Math.floor((bytes.length - wordsFrom) / STEP);
  let crc = ofBytes(-1, bytes, 0, wordsFrom);
  if (pairs > 0) crc = ofWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + wordsFrom, pairs * 2));
  return ~ofBytes(crc, bytes, wordsFrom + pairs * STEP, bytes.length) >>> 0;
}

function ofWords(before: number, words: Int32Array): number {
  const t = TABLES;
  let crc = before;
  for (let i = 0; i < words.length; i += 2) {
    const a = crc ^ words[i]!;
    const b = words[i + 1]!;
    crc =
      t[0x700 | (a & 0xff)]! ^
      t[0x600 | ((a >>> 8) & 0xff)]! ^
      t[0x500 | ((a >>> 16) & 0xff)]! ^
      t[0x400 | (a >>> 24)]! ^
      t[0x300 | (b & 0xff)]! ^
      t[0x200 | ((b >>> 8) & 0xff)]! ^
      t[0x100 | ((b >>> 16) & 0xff)]! ^
      t[b >>> 24]!;
  }
  return crc;
}

function ofBytes(before: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = before;
  for (let i = from; i < to; i++) crc = TABLES[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return crc;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(STEP * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = tables[before & 0xff]! ^ (before >>> 8);
  }
  return tables;
}

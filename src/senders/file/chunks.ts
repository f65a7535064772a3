import { CHAIN_BYTES, writeChained, type HashLine } from './chain.ts';

/** The lines of one file in a batch: line i is `bytes[starts[i], ends[i])`, its newline included. */
export interface Lines {
  readonly bytes: Buffer;
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

/** What is written in one go; `isNewFile`: to a new file, after a rotation. */
export interface Chunk {
  readonly isNewFile: boolean;
  readonly bytes: Buffer;
}

/** Where a file stands before its lines are cut into chunks. */
export interface FileState {
  readonly size: number;
  /** Bytes that it may have; undefined: any number. */
  readonly maxBytes: number | undefined;
  /** It is to be rotated before anything else is written. */
  readonly isDue: boolean;
}

/** The chain of a file's lines. */
export interface Chain {
  readonly hashLine: HashLine;
  /** Of the last line. */
  last: string;
}

/** Cuts lines into chunks so that no file grows beyond its limit; a line that is too long by itself gets a file alone. */
export function cutLines(lines: Lines, state: FileState): Chunk[] {
  const { starts, ends } = lines;
  const limit = state.maxBytes ?? Infinity;
  const chunks: Chunk[] = [];
  let isNewFile = state.isDue && state.size > 0;
  let size = isNewFile ? 0 : state.size;
  let from = 0;
  for (let i = 0; i < starts.length; i++) {
    const length = ends[i]! - starts[i]!;
    if (size > 0 && size + length > limit) {
      if (i > from) chunks.push({ isNewFile, bytes: joined(lines, from, i) });
      isNewFile = true;
      size = 0;
      from = i;
    }
    size += length;
  }
  chunks.push({ isNewFile, bytes: joined(lines, from, starts.length) });
  return chunks;
}

/** Likewise, and each line carries its hash; moves the chain on. */
export function cutChained(lines: Lines, state: FileState, chain: Chain): Chunk[] {
  const { bytes, starts, ends } = lines;
  const limit = state.maxBytes ?? Infinity;
  const out = Buffer.allocUnsafeSlow(spanOf(lines) + starts.length * CHAIN_BYTES);
  const chunks: Chunk[] = [];
  let isNewFile = state.isDue && state.size > 0;
  let size = isNewFile ? 0 : state.size;
  let from = 0;
  let o = 0;
  for (let i = 0; i < starts.length; i++) {
    const line = bytes.subarray(starts[i], ends[i]! - 1);
    const previous = chain.last;
    chain.last = chain.hashLine(previous, line);
    const hashes = { chain: chain.last };
    let end = writeChained(line, out, o, size === 0 ? { ...hashes, previous } : hashes);
    if (size > 0 && size + end - o > limit) {
      if (o > from) chunks.push({ isNewFile, bytes: out.subarray(from, o) });
      isNewFile = true;
      size = 0;
      from = o;
      end = writeChained(line, out, o, { ...hashes, previous });
    }
    size += end - o;
    o = end;
  }
  chunks.push({ isNewFile, bytes: out.subarray(from, o) });
  return chunks;
}

/** Lines i in [from, to) as one buffer, copied only if they lie apart. */
function joined({ bytes, starts, ends }: Lines, from: number, to: number): Buffer {
  const pieces: Buffer[] = [];
  for (let i = from; i < to;) {
    const start = starts[i]!;
    let end = ends[i++]!;
    while (i < to && starts[i] === end) end = ends[i++]!;
    pieces.push(bytes.subarray(start, end));
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

function spanOf({ starts, ends }: Lines): number {
  let total = 0;
  for (let i = 0; i < starts.length; i++) total += ends[i]! - starts[i]!;
  return total;
}

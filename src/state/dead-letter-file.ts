import { constants, createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { endOfLastLine } from '../last-line.ts';
import { linesOf } from '../lines-of.ts';
import { syncDirectory } from '../sync-directory.ts';
import { deadLetterLine, parseDeadLetter, type DeadLetter } from './dead-letter.ts';

/** A file of dead letters, and its size. */
export interface Segment {
  readonly path: string;
  readonly bytes: number;
}

/** So many files share the bytes: what is rotated out at a time is one of them. */
const SEGMENTS = 4;
const MAX_CHUNK_BYTES = 1024 * 1024;
const { O_APPEND, O_CREAT, O_RDWR } = constants;

/**
 * A sender's dead letters: the newest in `path`, older ones in `path.<ms>`, all of them within `maxBytes` (or one letter,
 * if that is larger). A `redrive` beside the daemon needs no lock: it only ever takes the file away as a whole.
 */
export class DeadLetterFile {
  readonly path: string;
  private readonly maxBytes: number;
  private lastStamp = 0;

  constructor(path: string, maxBytes: number) {
    this.path = path;
    this.maxBytes = maxBytes;
  }

  /** Keeps letters: once it resolves they survive a crash. Returns how many older ones had to make room. */
  async add(letters: Iterable<DeadLetter>): Promise<number> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    let rotatedOut = 0;
    for (const chunk of chunksOf(letters, Math.min(MAX_CHUNK_BYTES, this.segmentBytes))) {
      rotatedOut += await this.makeRoom(chunk.length);
      while (!(await this.append(chunk)));
    }
    return rotatedOut;
  }

  /** Its files, the oldest first; none before the first letter. */
  async segments(): Promise<Segment[]> {
    const name = basename(this.path);
    const names = await readdir(dirname(this.path)).catch(emptyIfMissing);
    const older = names.filter((other) => other.startsWith(`${name}.`) && /^\.\d+$/.test(other.slice(name.length)));
    older.sort((a, b) => stampOf(a) - stampOf(b));
    const paths = [...older, ...names.filter((other) => other === name)].map((each) => join(dirname(this.path), each));
    const sizes = await Promise.all(paths.map(sizeOf));
    return paths.flatMap((path, i) => (sizes[i] === undefined ? [] : [{ path, bytes: sizes[i] }]));
  }

  /** Moves the newest file to the older ones, so that nobody appends to it any more; returns its new path. */
  async roll(): Promise<string | undefined> {
    const older = (await this.segments()).map(({ path }) => stampOf(path)).filter((stamp) => !Number.isNaN(stamp));
    this.lastStamp = Math.max(Date.now(), this.lastStamp + 1, ...older.map((stamp) => stamp + 1));
    const target = `${this.path}.${this.lastStamp}`;
    try {
      await rename(this.path, target);
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    await syncDirectory(dirname(this.path));
    return target;
  }

  private get segmentBytes(): number {
    return Math.floor(this.maxBytes / SEGMENTS);
  }

  private async makeRoom(bytes: number): Promise<number> {
    const current = (await sizeOf(this.path)) ?? 0;
    if (current > 0 && current + bytes > this.segmentBytes) await this.roll();
    const segments = await this.segments();
    let total = segments.reduce((sum, segment) => sum + segment.bytes, bytes);
    let rotatedOut = 0;
    for (const segment of segments) {
      if (total <= this.maxBytes || segment.path === this.path) break;
      rotatedOut += await removeCounted(segment.path);
      total -= segment.bytes;
    }
    return rotatedOut;
  }

  /** False when the file was taken away meanwhile: then nobody may have seen what was added. */
  private async append(chunk: Buffer): Promise<boolean> {
    const file = await open(this.path, O_RDWR | O_APPEND | O_CREAT, 0o600);
    try {
      const size = await this.repaired(file);
      try {
        await file.appendFile(chunk);
        await file.sync();
      } catch (error) {
        await file.truncate(size).catch(() => undefined); // if not now, the next time it is opened
        throw error;
      }
      if (size === 0) await syncDirectory(dirname(this.path));
      const [{ ino }, now] = await Promise.all([file.stat(), stat(this.path).catch(() => undefined)]);
      return now?.ino === ino;
    } finally {
      await file.close();
    }
  }

  /** Cuts off what a crash has left of a write; those letters were not acknowledged. */
  private async repaired(file: FileHandle): Promise<number> {
    const { size, mode } = await file.stat();
    if ((mode & 0o777) !== 0o600) await file.chmod(0o600);
    const end = await endOfLastLine(file, size);
    if (end < size) await file.truncate(end);
    return end;
  }
}

/** The lines of one of its files, each with the letter that it is, if it is one. */
export async function* readLetters(file: FileHandle): AsyncGenerator<{ line: Buffer; letter: DeadLetter | undefined }> {
  for await (const lines of linesOf(file.createReadStream(), Infinity)) {
    for (const line of lines) if (line !== undefined) yield { line, letter: parseDeadLetter(line) };
  }
}

/** Lines as buffers of about that size, whole lines each. */
function* chunksOf(letters: Iterable<DeadLetter>, maxBytes: number): Generator<Buffer> {
  let lines: Buffer[] = [];
  let bytes = 0;
  for (const letter of letters) {
    const line = Buffer.from(`${deadLetterLine(letter)}\n`);
    if (lines.length > 0 && bytes + line.length > maxBytes) {
      yield Buffer.concat(lines);
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += line.length;
  }
  if (lines.length > 0) yield Buffer.concat(lines);
}

async function removeCounted(path: string): Promise<number> {
  let lines = 0;
  try {
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, at + 1)) lines++;
    }
    await unlink(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    return 0; // redriven meanwhile
  }
  return lines;
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  return found?.size;
}

function stampOf(path: string): number {
  return Number(/\.(\d+)$/.exec(path)?.[1] ?? NaN);
}

function emptyIfMissing(error: unknown): string[] {
  if (systemCodeOf(error) === 'ENOENT') return [];
  throw error;
}

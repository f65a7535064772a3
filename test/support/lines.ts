import { open, readFile } from 'node:fs/promises';
import { systemCodeOf } from '../../src/errors.ts';
import { until } from './until.ts';

/** A delivered entry as read back from a file of JSON lines. */
export type JsonLine = Readonly<Record<string, unknown>>;

/** Where a sequence of numbers is not each number's successor: the line (0-based) and the numbers on both sides. */
export interface Break {
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

export interface SequenceReport {
  /** Numbers that never come. */
  readonly missing: number[];
  /** How many lines repeat a number that came before. */
  readonly duplicates: number;
  /** Places where it steps back: what at-least-once allows after a crash. `from - to + 1` entries come again. */
  readonly seams: Break[];
  /** Places where it skips forward: never allowed. */
  readonly skips: Break[];
}

/** The objects of a file of JSON lines; a last line without its newline does not count. No file: no lines. */
export async function readJsonLines(path: string): Promise<JsonLine[]> {
  const lines = (await textOf(path)).split('\n').slice(0, -1);
  return lines.map((line, n) => {
    try {
      return JSON.parse(line) as JsonLine;
    } catch (cause) {
      throw new Error(`${path}:${n + 1}: no JSON: ${line.slice(0, 200)}`, { cause });
    }
  });
}

/** Waits until the file has at least so many whole lines, and gives them all. */
export async function waitForLines(path: string, count: number, deadlineMs?: number): Promise<JsonLine[]> {
  const counter = new LineCounter(path);
  await until(async () => (await counter.count()) >= count, {
    what: `${count} lines in ${path}`,
    everyMs: 10,
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
  return readJsonLines(path);
}

/** How many whole lines a file has; it reads only what came since it was last asked. */
export class LineCounter {
  readonly #path: string;
  readonly #buffer = Buffer.allocUnsafe(1 << 18);
  #offset = 0;
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async count(): Promise<number> {
    try {
      await using file = await open(this.#path);
      if ((await file.stat()).size < this.#offset) this.#offset = this.#lines = 0; // truncated or replaced
      for (;;) {
        const { bytesRead } = await file.read(this.#buffer, 0, this.#buffer.length, this.#offset);
        if (bytesRead === 0) return this.#lines;
        this.#offset += bytesRead;
        this.#lines += newlinesIn(this.#buffer.subarray(0, bytesRead));
      }
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return 0;
      throw error;
    }
  }
}

/** The entries' numbers, as the generator put them into SEQ; a line without it (journald's own) is passed over. */
export function sequenceOf(lines: readonly JsonLine[]): number[] {
  return lines.filter((line) => 'SEQ' in line).map((line) => Number(line['SEQ']));
}

/** Compares the numbers with 0, 1, … count - 1. In order and nothing lost: no `missing` and no `skips`. */
export function checkSequence(numbers: readonly number[], count: number): SequenceReport {
  const seen = new Set<number>();
  const seams: Break[] = [];
  const skips: Break[] = [];
  let from = -1;
  for (const [line, to] of numbers.entries()) {
    if (to !== from + 1) (to > from ? skips : seams).push({ line, from, to });
    seen.add(to);
    from = to;
  }
  const missing = Array.from({ length: count }, (_, n) => n).filter((n) => !seen.has(n));
  return { missing, duplicates: numbers.length - seen.size, seams, skips };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}

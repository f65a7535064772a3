import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { LineCounter } from '../../test/support/lines.ts';
import type { Output } from './shipper.ts';

const TAIL_BYTES = 256 * 1024;
/** The entry's number as journalctl, we and each peer write it. */
const NUMBER = { lines: /"SEQ": ?"?(\d+)/, export: /^SEQ=(\d+)$/ };

/** What came out, by the entries' numbers (field SEQ), in the order of the output. */
export interface Delivered {
  readonly numbers: number[];
  /** Lines that hold no whole entry. */
  readonly torn: number;
}

/** The numbers of all entries in an output. */
export async function deliveredIn({ kind, path }: Output): Promise<Delivered> {
  if (kind === 'journal') {
    const stdout = await journalctl(path);
    return { numbers: stdout.split('\n').filter(Boolean).map(Number), torn: 0 };
  }
  const numbers: number[] = [];
  let torn = 0;
  for await (const line of createInterface({ input: createReadStream(path, 'latin1'), crlfDelay: Infinity })) {
    if (kind === 'lines' && !isJson(line)) torn++;
    else {
      const number = NUMBER[kind].exec(line)?.[1];
      if (number !== undefined) numbers.push(Number(number));
    }
  }
  return { numbers, torn };
}

/** How many entries an output has; of lines those that are whole, whatever is in them. */
export async function countIn(output: Output): Promise<number> {
  return output.kind === 'lines' ? new LineCounter(output.path).count() : (await deliveredIn(output)).numbers.length;
}

/** The number of the last whole entry, undefined while there is none. */
export async function lastIn({ kind, path }: Output): Promise<number | undefined> {
  return kind === 'journal' ? lastOfJournal(path) : lastOfFile(path);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

async function lastOfJournal(path: string): Promise<number | undefined> {
  // A journal that is just being made cannot be read yet.
  const stdout = await journalctl(path, '--lines=1').catch(() => '');
  return stdout === '' ? undefined : Number(stdout);
}

async function lastOfFile(path: string): Promise<number | undefined> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return undefined;
  await using file = await open(path);
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const whole = buffer.subarray(0, buffer.lastIndexOf(0x0a) + 1);
  const at = whole.lastIndexOf('"SEQ"');
  const number = /^"SEQ": ?"?(\d+)/.exec(whole.toString('latin1', at, at + 32))?.[1];
  return at < 0 ? undefined : Number(number);
}

async function journalctl(path: string, ...args: readonly string[]): Promise<string> {
  const line = ['-D', path, '--quiet', '-o', 'cat', '--output-fields=SEQ', ...args];
  const { stdout } = await promisify(execFile)('journalctl', line, { maxBuffer: 1 << 30 });
  return stdout;
}

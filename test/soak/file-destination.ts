import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Tmpfs } from '../support/tmpfs.ts';
import { Tally } from './account.ts';
import type { Destination } from './destination.ts';

const BYTES_PER_ENTRY = 400;
const RESERVE_BYTES = 64 << 20;

/** A file on a disk of its own, which can be full. */
export async function openFileDestination(name: string, maxEntries: number): Promise<Destination> {
  const disk = await Tmpfs.mount(maxEntries * BYTES_PER_ENTRY + RESERVE_BYTES);
  const path = join(disk.path, 'out.jsonl');
  return {
    name,
    config: { output_type: 'file', file_output: path },
    failures: { 'disk full': () => disk.fill() },
    heal: () => disk.free(),
    tally: () => tallyOf(name, path),
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

async function tallyOf(name: string, path: string): Promise<Tally> {
  const tally = new Tally(name);
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const sequence = /"SEQ": ?"(\d+)"/.exec(line)?.[1];
    if (sequence !== undefined) tally.add(Number(sequence));
  }
  return tally;
}

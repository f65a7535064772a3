import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Tmpfs } from '../support/tmpfs.ts';
import { systemCodeOf } from '../../src/errors.ts';
import type { Destination } from './destination.ts';
import { numberIn } from './entries.ts';
import type { JournalTimes } from './journal-times.ts';
import { Tally } from './tally.ts';

const BYTES_PER_ENTRY = 1000;
const RESERVE_BYTES = 64 << 20;
const NAME = 'out.jsonl';

/** A disk with room for so many entries. */
export function diskFor(maxEntries: number): Promise<Tmpfs> {
  return Tmpfs.mount(maxEntries * BYTES_PER_ENTRY + RESERVE_BYTES);
}

/** A file on a disk of its own, which can be full; the file can be moved away, and something else can be in its place. */
export async function openFileDestination(name: string, maxEntries: number): Promise<Destination> {
  const disk = await diskFor(maxEntries);
  const path = join(disk.path, NAME);
  let moved = 0;
  const moveAway = (): Promise<void> =>
    rename(path, `${path}.${String(moved++).padStart(6, '0')}`).catch((error: unknown) => {
      // The daemon is down, or held up, since the last one was moved away.
      if (systemCodeOf(error) !== 'ENOENT') throw error;
    });
  return {
    name,
    config: { output_type: 'file', file_output: path },
    failures: {
      'disk full': () => disk.fill(),
      'moved away': moveAway,
      'directory in its place': async () => {
        await moveAway();
        await mkdir(path).catch(() => undefined); // the sender was faster: it has a file there again
      },
    },
    heal: async () => {
      await disk.free();
      await rmdir(path).catch(() => undefined); // it is a file
    },
    tallies: async (times) => [await tallyOf(name, disk.path, times)],
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

async function tallyOf(name: string, folder: string, times: JournalTimes): Promise<Tally> {
  const tally = new Tally({ name });
  const names = (await readdir(folder)).filter((each) => each.startsWith(NAME)).sort();
  // moved files have a number behind the name: the file itself is the youngest
  for (const each of [...names.filter((other) => other !== NAME), NAME]) {
    for await (const line of createInterface({ input: createReadStream(join(folder, each)), crlfDelay: Infinity })) {
      tally.take(line);
      times.note(numberIn(line) ?? 0, line);
    }
  }
  return tally;
}

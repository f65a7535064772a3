import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { byAge, parseRotatedName } from '../../src/senders/file/rotated-name.ts';
import { command } from '../support/command.ts';
import type { Destination } from './destination.ts';
import { diskFor } from './file-destination.ts';
import { Tally } from './tally.ts';

const NAME = 'out.jsonl';
const ROTATE_BYTES = 8_000_000;

/** A file for each lane, rotated, compressed and chained by the sender itself, on a disk that can be full. */
export async function openRoutedDestination(name: string, maxEntries: number): Promise<Destination> {
  const disk = await diskFor(maxEntries);
  return {
    name,
    config: {
      output_type: 'file',
      file_output: join(disk.path, 'lane-{LANE}', NAME),
      rotate: { max_bytes: ROTATE_BYTES, compress: 'zstd' },
      hash_chain: true,
    },
    failures: { 'disk full': () => disk.fill() },
    heal: () => disk.free(),
    tallies: async () => [await tallyOf(name, disk.path)],
    verify: (statePath) => complaintAbout(disk.path, statePath),
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

async function tallyOf(name: string, folder: string): Promise<Tally> {
  const tally = new Tally({ name });
  for (const lane of await lanesIn(folder)) {
    for (const path of await filesOf(join(folder, lane))) {
      for await (const line of createInterface({ input: textOf(path), crlfDelay: Infinity })) tally.take(line, lane);
    }
  }
  return tally;
}

/** What `journalbridge verify` says if a chain is broken. */
async function complaintAbout(folder: string, statePath: string): Promise<string | undefined> {
  const files = await Promise.all((await lanesIn(folder)).map((lane) => filesOf(join(folder, lane))));
  const { code, stderr } = await command(['verify', '--state', statePath, ...files.flat()]);
  return code === 0 ? undefined : `verify ended with ${code}: ${stderr}`;
}

async function lanesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((each) => each.startsWith('lane-'));
}

/** A lane's files, the oldest first. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const rotated = names.map((each) => parseRotatedName(NAME, each)).filter((each) => each !== undefined);
  const ordered = [...rotated.sort(byAge).map((each) => each.name), ...names.filter((each) => each === NAME)];
  return ordered.map((each) => join(folder, each));
}

function textOf(path: string): Readable {
  const bytes = createReadStream(path);
  return path.endsWith('.zst') ? bytes.pipe(createZstdDecompress()) : bytes;
}

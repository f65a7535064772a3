import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Families, Relative } from './families.ts';
import { foldersBelow, nameOfMarked, namesIn } from './folders.ts';
import { splitName, timeOf, type RotatedName } from './rotated-name.ts';
import type { Span } from './time-span.ts';

/** A file that an output has left: rotated, or finished with its time. */
export interface StockFile {
  readonly path: string;
  /** What it was called while it was written. */
  readonly output: string;
  /** Undefined for one that still has that name. */
  readonly rotation: RotatedName | undefined;
  readonly size: number;
  /** When it was rotated, or when the time of its name was over. */
  readonly doneMs: number;
}

/** What there is of an output and of those that differ in the time only: the oldest first. */
export interface Stock {
  readonly output: string;
  readonly files: readonly StockFile[];
  /** The newest that was not rotated, where the time is a part of the name: the one that is being written. */
  readonly current: string | undefined;
  /** Paths of what interrupted compressions left. */
  readonly leftovers: readonly string[];
}

interface Found {
  readonly output: string;
  readonly files: { path: string; output: string; rotation: RotatedName | undefined; span: Span | undefined }[];
  readonly leftovers: string[];
}

/** Outputs that lie in the same directories. */
interface Group {
  readonly folders: AsyncIterable<string>;
  readonly found: Map<string, Found>;
}

/** How many names are looked at before others have their turn. */
const TURN = 2000;

/** Finds what there is of these outputs; each directory is read once for all of them. */
export async function* takeStock(outputs: Iterable<string>, families: Families, root: string): AsyncGenerator<Stock> {
  for (const { folders, found } of groupsOf(outputs, families, root).values()) {
    for await (const folder of folders) await look(folder, found, families);
    for (const each of found.values()) yield await measured(each);
  }
}

function groupsOf(outputs: Iterable<string>, families: Families, root: string): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const output of outputs) {
    const relative = readTimed(output, families);
    const names = relative?.family.split('/').slice(0, -1).map(nameOfMarked) ?? [];
    const top = relative === undefined ? folderOf(output) : root === '/' ? '/' : `${root}/`;
    const key = relative === undefined ? top : `${top}\0${folderOf(relative.family)}`;
    const group = groups.get(key) ?? { folders: foldersBelow(top, names), found: new Map<string, Found>() };
    groups.set(key, group);
    group.found.set(relative?.family ?? output, { output, files: [], leftovers: [] });
  }
  return groups;
}

async function look(folder: string, found: ReadonlyMap<string, Found>, families: Families): Promise<void> {
  let seen = 0;
  for (const name of await namesIn(folder)) {
    if (++seen % TURN === 0) await setImmediate();
    const { base, rotation, isLeftover } = splitName(name);
    const output = folder + base;
    const relative = readTimed(output, families);
    const owner = found.get(relative?.family ?? output);
    if (owner === undefined) continue;
    if (isLeftover) owner.leftovers.push(folder + name);
    else if (rotation !== undefined || relative !== undefined)
      owner.files.push({ path: folder + name, output, rotation, span: relative?.span });
  }
}

function readTimed(output: string, families: Families): Relative | undefined {
  return families.hasTime ? families.read(output) : undefined;
}

/** Only what is a file counts, never a link. */
async function measured({ output, files, leftovers }: Found): Promise<Stock> {
  const sorted: { file: StockFile; order: readonly number[] }[] = [];
  for (const { path, output: own, rotation, span } of files) {
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() !== true) continue;
    const { startMs = 0, endMs = NaN } = span ?? {};
    const isDated = !Number.isNaN(endMs);
    const rotatedMs = rotation && timeOf(rotation.stamp);
    const doneMs = rotatedMs ?? (isDated ? endMs : stats.mtimeMs);
    const last = isDated ? Infinity : doneMs;
    sorted.push({
      file: { path, output: own, rotation, size: stats.size, doneMs },
      order: [isDated ? startMs : 0, rotatedMs ?? last, rotation?.counter ?? 0],
    });
  }
  sorted.sort((a, b) => compare(a.order, b.order));
  const current = sorted.findLast(({ file }) => file.rotation === undefined)?.file.path;
  return { output, files: sorted.map(({ file }) => file), current, leftovers };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, at) => value !== b[at]);
  return i < 0 ? 0 : a[i]! < b[i]! ? -1 : 1;
}

/** What is in front of the last name, its slash included. */
function folderOf(path: string): string {
  return path.slice(0, path.length - basename(path).length);
}

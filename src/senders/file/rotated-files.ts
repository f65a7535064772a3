import { basename } from 'node:path';
import { namesIn } from './folders.ts';
import { byAge, splitName, type RotatedName, type Rotation } from './rotated-name.ts';

type Newest = ReadonlyMap<string, RotatedName>;

/** Directories that are being read, and readings that begin when these are done. */
const running = new Map<string, Promise<unknown>>();
const next = new Map<string, Promise<Newest>>();

/** The newest rotation of an output. */
export async function lastRotation(path: string): Promise<Rotation | undefined> {
  const base = basename(path);
  const last = (await read(path.slice(0, path.length - base.length))).get(base);
  return last && { stamp: last.stamp, counter: last.counter };
}

/** All that ask while a directory is being read share the next reading: it shows what was there when they asked. */
function read(folder: string): Promise<Newest> {
  const shared = next.get(folder) ?? readNext(folder);
  next.set(folder, shared);
  return shared;
}

async function readNext(folder: string): Promise<Newest> {
  await running.get(folder)?.catch(() => undefined); // told to those who asked for it
  next.delete(folder);
  const reading = newestIn(folder);
  running.set(folder, reading);
  try {
    return await reading;
  } finally {
    if (running.get(folder) === reading) running.delete(folder);
  }
}

async function newestIn(folder: string): Promise<Newest> {
  const newest = new Map<string, RotatedName>();
  for (const { base, rotation, isLeftover } of (await namesIn(folder)).map(splitName)) {
    if (rotation === undefined || isLeftover) continue;
    const known = newest.get(base);
    if (known === undefined || byAge(known, rotation) < 0) newest.set(base, rotation);
  }
  return newest;
}

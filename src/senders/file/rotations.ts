import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { byAge, parseRotatedName, type RotatedName, type Rotation } from './rotated-name.ts';

/** The newest rotation of each output; a directory is listed once for all outputs in it, until `forget`. */
export class Rotations {
  private readonly folders = new Map<string, Promise<ReadonlyMap<string, Rotation>>>();

  /** The newest rotation of an output. */
  async last(path: string): Promise<Rotation | undefined> {
    const folder = dirname(path);
    const known = this.folders.get(folder) ?? newestIn(folder);
    this.folders.set(folder, known);
    return (await known).get(basename(path));
  }

  /** What is in the directories may have changed. */
  forget(): void {
    this.folders.clear();
  }
}

async function newestIn(folder: string): Promise<ReadonlyMap<string, Rotation>> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const newest = new Map<string, RotatedName>();
  for (const name of names) {
    const [, base = ''] = /^(.+)\.\d{8}-\d{6}(?:-\d+)?(?:\.gz|\.zst)?$/s.exec(name) ?? [];
    const rotated = base === '' ? undefined : parseRotatedName(base, name);
    const before = newest.get(base);
    if (rotated !== undefined && (before === undefined || byAge(before, rotated) < 0)) newest.set(base, rotated);
  }
  return newest;
}

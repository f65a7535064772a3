import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** The absolute path that a file is at, or would be created at, its symbolic links followed as far as they lead. */
export async function targetPath(file: string, hops = 40): Promise<string> {
  const path = resolve(file);
  const folder = dirname(path);
  if (folder === path || hops === 0) return path;
  const real = await realpath(folder).catch(() => targetPath(folder, hops - 1));
  const target = join(real, basename(path));
  const link = await readlink(target).catch(() => undefined);
  return link === undefined ? target : targetPath(resolve(real, link), hops - 1);
}

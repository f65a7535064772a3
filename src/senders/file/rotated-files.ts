import { basename } from 'node:path';
import { namesIn } from './folders.ts';
import { byAge, parseRotatedName, type Rotation } from './rotated-name.ts';

/** The newest rotation of an output. */
export async function lastRotation(path: string): Promise<Rotation | undefined> {
  const base = basename(path);
  const names = await namesIn(path.slice(0, path.length - base.length));
  const rotated = names.map((name) => parseRotatedName(base, name)).filter((name) => name !== undefined);
  const last = rotated.sort(byAge).at(-1);
  return last && { stamp: last.stamp, counter: last.counter };
}

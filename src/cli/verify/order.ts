import { basename, dirname, join, resolve } from 'node:path';
import { NO_HASH } from '../../senders/file/chain.ts';
import type { VerifiedFile } from './chain.ts';

const ROTATED = /^(.+?)(?:\.(\d{8}-\d{6})(?:-(\d+))?(?:\.gz|\.zst)?)?$/;

/** The whole path of the output that a file belongs to by its name. */
export function outputOf(path: string): string {
  const whole = resolve(path);
  return join(dirname(whole), ROTATED.exec(basename(whole))?.[1] ?? basename(whole));
}

/** The files of one output, the oldest first by their names. */
export function outputsOf(paths: readonly string[]): string[][] {
  const outputs = new Map<string, { path: string; stamp: string; counter: number }[]>();
  const seen = new Set<string>();
  for (const path of paths) {
    const whole = resolve(path);
    if (seen.has(whole)) continue;
    seen.add(whole);
    const key = outputOf(path);
    const [, , stamp = '~', counter = '0'] = ROTATED.exec(basename(path)) ?? [];
    outputs.set(key, [...(outputs.get(key) ?? []), { path, stamp, counter: Number(counter) }]);
  }
  return [...outputs.values()].map((files) =>
    files
      .sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : a.counter - b.counter))
      .map(({ path }) => path),
  );
}

/** Without the originals of which there is a compressed file already: a compression that is going on, or was killed. */
export function withoutDoubles(files: readonly VerifiedFile[]): VerifiedFile[] {
  const isDouble = ({ path, lines, last }: VerifiedFile) =>
    files.some(
      (other) =>
        /\.(gz|zst)$/.test(other.path) &&
        other.path.replace(/\.\w+$/, '') === path &&
        other.lines === lines &&
        other.last === last,
    );
  return files.filter((file) => !isDouble(file));
}

/** What is wrong between files that are right by themselves: where one does not go on with what the one before ended with. */
export function breakBetween(files: readonly VerifiedFile[]): string | undefined {
  const filled = files.filter(({ lines }) => lines > 0);
  for (const [i, { path, previous }] of filled.entries()) {
    const before = filled[i - 1];
    if (before === undefined || previous === before.last) continue;
    const other = previous === NO_HASH ? 'begins a chain of its own' : `does not go on where ${before.path} ends`;
    return `${path}:1: ${other}: lines before it, or whole files, were removed or added`;
  }
  return undefined;
}

import type { StockFile } from './stock.ts';

/** Which files are to stay. */
export interface Keep {
  readonly files?: number | undefined;
  readonly ageMs?: number | undefined;
  readonly totalBytes?: number | undefined;
}

/** The files that are not to be kept, of all that are done with, the oldest first; the newest of them first. */
export function surplus(files: readonly StockFile[], keep: Keep, nowMs: number): StockFile[] {
  const { files: most = Infinity, ageMs = Infinity, totalBytes = Infinity } = keep;
  let count = 0;
  let total = 0;
  let isOver = false;
  return [...files].reverse().filter(({ size, doneMs }) => {
    count++;
    total += size;
    isOver ||= count > most || total > totalBytes;
    return isOver || nowMs - doneMs > ageMs;
  });
}

import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';

/** A rotated file by its name: `NAME.YYYYMMDD-HHMMSS`, `-1` and so on behind it for another one of that second. */
export interface RotatedName {
  readonly name: string;
  /** `YYYYMMDD-HHMMSS`. */
  readonly stamp: string;
  readonly counter: number;
  /** `.gz`, `.zst` or nothing. */
  readonly suffix: string;
}

const SUFFIXES = ['', '.gz', '.zst'] as const;
const ROTATED = /^\.(\d{8}-\d{6})(?:-([1-9]\d{0,5}))?(\.gz|\.zst)?$/;

/** Takes the name of a rotated file apart; undefined when it is none of the output `base`. */
export function parseRotatedName(base: string, name: string): RotatedName | undefined {
  if (!name.startsWith(base)) return undefined;
  const [, stamp, counter, suffix = ''] = ROTATED.exec(name.slice(base.length)) ?? [];
  if (stamp === undefined || Number.isNaN(timeOf(stamp))) return undefined;
  return { name, stamp, counter: Number(counter ?? 0), suffix };
}

/** What a name in a directory is: of the output `base` itself, of one of its rotated files, or of a compression of one. */
export interface SplitName {
  readonly base: string;
  readonly rotation: RotatedName | undefined;
  readonly isLeftover: boolean;
}

/** Finds out to which output a name may belong. */
export function splitName(name: string): SplitName {
  const isTemporary = name.startsWith('.') && name.endsWith('.tmp');
  const inner = isTemporary ? name.slice(1, -'.tmp'.length) : name;
  const [, base = ''] = /^(.+)\.\d{8}-\d{6}(?:-[1-9]\d{0,5})?(?:\.gz|\.zst)?$/s.exec(inner) ?? [];
  const rotation = base === '' ? undefined : parseRotatedName(base, inner);
  if (rotation === undefined || (isTemporary && rotation.suffix === ''))
    return { base: name, rotation: undefined, isLeftover: false };
  return { base, rotation, isLeftover: isTemporary };
}

/** Whether a value of an entry would make a name that rotation gives. */
export function looksRotated(name: string): boolean {
  return /\.\d{8}-\d{6}(-\d+)?(\.gz|\.zst)?$/.test(name);
}

/** The oldest first. */
export function byAge(a: RotatedName, b: RotatedName): number {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp ? -1 : 1;
  return a.counter - b.counter;
}

/** When a file of this stamp was rotated, in ms; NaN when there is no such time. */
export function timeOf(stamp: string): number {
  const [, y, m, d, H, M, S] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(stamp)!;
  return Date.parse(`${y}-${m}-${d}T${H}:${M}:${S}Z`);
}

/** The place of a rotated file among those of its output. */
export type Rotation = Pick<RotatedName, 'stamp' | 'counter'>;

/**
 * What an output is to be rotated to now, behind all that were rotated before (`last`): when the clock was set back, the
 * last stamp is kept and counted on, so that the names stay in order. Never a name that is taken.
 */
export async function nextRotation(path: string, last: Rotation | undefined, nowMs: number): Promise<Rotation> {
  const now = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const stamp = last !== undefined && last.stamp > now ? last.stamp : now;
  for (let counter = last?.stamp === stamp ? last.counter + 1 : 0; ; counter++) {
    const candidate = rotatedPath(path, { stamp, counter });
    const found = await Promise.all(SUFFIXES.map((suffix) => lstat(candidate + suffix).catch(() => undefined)));
    if (found.every((file) => file === undefined)) return { stamp, counter };
  }
}

/** The path that a rotation gives to an output. */
export function rotatedPath(path: string, { stamp, counter }: Rotation): string {
  return `${path}.${stamp}${counter === 0 ? '' : `-${counter}`}`;
}

/** Where a file is compressed to before it takes its name. */
export function temporaryName(name: string): string {
  return `.${basename(name)}.tmp`;
}

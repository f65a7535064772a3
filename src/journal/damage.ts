import { parseCursor } from './cursor.ts';
import type { Hole } from './continuity.ts';
import type { FileHeader, KnownFile } from './file-header.ts';
import { isoTime, type Gap } from './gap.ts';

/** The holes of one file, taken together. */
interface Damage {
  firstUs: number;
  lastUs: number;
  entries: number;
}

/**
 * Which of the holes are damage, for certain: a file says in its header that it holds every number of a range, these
 * included, and yet journalctl does not give them. Other holes have honest reasons: a user's journal that is not read
 * here, or one that was vacuumed long ago.
 */
export function findDamage(holes: readonly Hole[], files: readonly KnownFile[]): Gap[] {
  const damages = new Map<string, Damage>();
  for (const hole of holes) {
    for (const { path, header } of files) {
      const found = overlapOf(hole, header);
      if (found !== undefined) damages.set(path, joined(damages.get(path), found));
    }
  }
  return [...damages].map(([file, { firstUs, lastUs, entries }]) => ({
    kind: 'damaged',
    from: isoTime(firstUs),
    to: isoTime(lastUs),
    entries,
    why: `journalctl passes over them without a word, though ${file} holds them: it is damaged. \`journalctl --verify\` tells more`,
    noticed: new Date().toISOString(),
    file,
  }));
}

function overlapOf({ before, after }: Hole, header: FileHeader): Damage | undefined {
  const [from, to] = [parseCursor(before), parseCursor(after)];
  if (from?.sequence !== header.sequence || to?.sequence !== header.sequence) return undefined;
  const isWhole = header.tailNumber - header.headNumber + 1n === BigInt(header.entries);
  const first = from.number + 1n > header.headNumber ? from.number + 1n : header.headNumber;
  const last = to.number - 1n < header.tailNumber ? to.number - 1n : header.tailNumber;
  if (!isWhole || last < first) return undefined;
  return { firstUs: from.realtimeUs, lastUs: to.realtimeUs, entries: Number(last - first + 1n) };
}

function joined(one: Damage | undefined, other: Damage): Damage {
  if (one === undefined) return other;
  return {
    firstUs: Math.min(one.firstUs, other.firstUs),
    lastUs: Math.max(one.lastUs, other.lastUs),
    entries: one.entries + other.entries,
  };
}

import type { Log } from '../telemetry/log.ts';
import { probeArguments, type JournalSelection } from './arguments.ts';
import { parseCursor } from './cursor.ts';
import { Decoder } from './decode.ts';
import { askJournalctl } from './journalctl.ts';
import type { Capabilities } from './probe.ts';

/** A range of the journal that was there and can no longer be read. */
export interface Gap {
  /** ISO time of the last entry before it. */
  readonly from: string;
  /** ISO time of the first entry after it. */
  readonly to: string;
  /** How many entries are gone, of all units; null when it cannot be told. */
  readonly entries: number | null;
  readonly why: string;
}

const PROBE_TIMEOUT_MS = 10_000;

/**
 * What is missing when reading was to resume at the cursor `wanted` and began with `found`; undefined when nothing is:
 * the entry is there, but the selection has changed and leaves it out.
 */
export async function findGap(
  selection: JournalSelection,
  { path, machineId }: Capabilities,
  cursors: { wanted: string; found: string },
): Promise<Gap | undefined> {
  const args = probeArguments(selection, machineId, [`--cursor=${cursors.wanted}`]);
  const { stdout } = await askJournalctl(path, args, PROBE_TIMEOUT_MS);
  const decoder = new Decoder();
  decoder.push(stdout);
  const block = decoder.decode(1);
  if (block.count > 0 && block.cursor(0) === cursors.wanted) return undefined;
  return describeGap(cursors.wanted, block.count > 0 ? block.cursor(0) : cursors.found);
}

/** The gap between two entries that came one after the other. */
export function describeGap(before: string, after: string): Gap {
  const [from, to] = [parseCursor(before), parseCursor(after)];
  const isCountable = from !== undefined && from.sequence === to?.sequence && to.number > from.number;
  return {
    from: isoTime(from?.realtimeUs),
    to: isoTime(to?.realtimeUs),
    entries: isCountable ? Number(to.number - from.number - 1n) : null,
    why: 'the journal was vacuumed, or its files removed, before they were read',
  };
}

/** Says it as a sentence; of many at a time only some, the state file has them all. */
export function reportGap(log: Log, gap: Gap): void {
  const count = gap.entries === null ? 'entries' : `${gap.entries} entries`;
  log.error(`${count} between ${gap.from} and ${gap.to} can no longer be read: ${gap.why}.`, 'gap');
}

function isoTime(us: number | undefined): string {
  const date = new Date((us ?? 0) / 1000);
  return us === undefined || Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}

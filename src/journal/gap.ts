import type { Log } from '../telemetry/log.ts';
import { probeArguments } from './arguments.ts';
import type { JournalSelection } from './selection.ts';
import { parseCursor } from './cursor.ts';
import { Decoder } from './decode.ts';
import { parseArchiveName, readFileHeader } from './file-header.ts';
import { askJournalctl } from './journalctl.ts';
import type { Loss } from './losses.ts';
import type { Capabilities } from './probe.ts';

/** What became of the entries of a gap: one word for machines. */
export const GAP_KINDS = ['vacuumed', 'unreadable_file', 'damaged', 'suppressed', 'kernel_missed'] as const;
export type GapKind = (typeof GAP_KINDS)[number];

/** A range of the journal that was there, or should have been, and cannot be read. */
export interface Gap {
  readonly kind: GapKind;
  /** ISO time of the last entry before it, or of its first; null when unknown. */
  readonly from: string | null;
  /** ISO time of the first entry after it, or of its last; null when unknown. */
  readonly to: string | null;
  /** How many entries are gone, of all units unless it names one; null when it cannot be told. */
  readonly entries: number | null;
  readonly why: string;
  /** ISO time at which it was noticed. */
  readonly noticed: string;
  /** The journal file that cannot be read, or not all of it. */
  readonly file?: string;
  /** Whose entries they were. */
  readonly unit?: string;
}

const PROBE_TIMEOUT_MS = 10_000;

/**
 * What is missing when reading was to resume at the cursor `wanted` and began with `found`, or with nothing; undefined
 * when nothing is: the entry is there, but the selection leaves it out, or only that entry is gone.
 */
export async function findGap(
  selection: JournalSelection,
  { path, machineId }: Capabilities,
  cursors: { wanted: string; found: string | undefined },
): Promise<Gap | undefined> {
  const args = await probeArguments(selection, machineId, [`--cursor=${cursors.wanted}`]);
  const { stdout } = await askJournalctl(path, args, PROBE_TIMEOUT_MS);
  const decoder = new Decoder();
  decoder.push(stdout);
  const block = decoder.decode(1);
  if (block.count > 0 && block.cursor(0) === cursors.wanted) return undefined;
  const after = block.count > 0 ? block.cursor(0) : cursors.found;
  const gap = after === undefined ? undefined : describeGap(cursors.wanted, after);
  return gap?.entries === 0 ? undefined : gap;
}

/** The gap between two entries that came one after the other. */
export function describeGap(before: string, after: string): Gap {
  const [from, to] = [parseCursor(before), parseCursor(after)];
  const isCountable = from !== undefined && from.sequence === to?.sequence && to.number > from.number;
  return {
    kind: 'vacuumed',
    from: isoTime(from?.realtimeUs),
    to: isoTime(to?.realtimeUs),
    entries: isCountable ? Number(to.number - from.number - 1n) : null,
    why: 'the journal was vacuumed, or its files removed, before they were read',
    noticed: now(),
  };
}

/** The gap that is a whole journal file, which journalctl leaves out; `why` is what it says of that. */
export async function describeFile(file: string, why: string): Promise<Gap> {
  const header = await readFileHeader(file);
  return {
    kind: 'unreadable_file',
    from: isoTime(header?.headUs ?? parseArchiveName(file)?.headUs),
    to: isoTime(header?.tailUs),
    entries: header?.entries ?? null,
    why,
    noticed: now(),
    file,
  };
}

/** The gap that journald itself tells of. */
export function describeLoss({ kind, realtimeUs, entries, unit }: Loss): Gap {
  const why =
    kind === 'suppressed'
      ? "journald's rate limit left them out (RateLimitIntervalSec= and RateLimitBurst= in journald.conf(5))"
      : 'the kernel wrote faster than journald read, and its buffer was overwritten (log_buf_len=)';
  const whose = unit === undefined ? {} : { unit };
  return { kind, from: null, to: isoTime(realtimeUs), entries, why, noticed: now(), ...whose };
}

/** Says it as a sentence; of many at a time only some, the state file has the last hundred. */
export function reportGap(log: Log, gap: Gap): void {
  log.error(`${sentenceOf(gap)}.`, keyOf(gap));
}

/** What a state file tells of a gap: one of an earlier version, or of a later one, may lack some of it. */
export interface ToldGap {
  readonly kind: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly entries: number | null;
  readonly why: string | null;
  readonly unit?: string | null;
}

/** `12 entries of a.service before … never got into the journal: …`, without a full stop. */
export function sentenceOf(gap: ToldGap): string {
  const { entries, unit, why } = gap;
  const what = `${entries === null ? '' : `${entries} `}${entries === 1 ? 'entry' : 'entries'}`;
  const whose = unit === undefined || unit === null ? '' : ` of ${unit}`;
  return `${what}${whose} ${rangeOf(gap)} ${verdictOf(gap)}${why === null ? '' : `: ${why}`}`;
}

/** An ISO time of a number of µs; null when it is unknown or none. */
export function isoTime(us: number | undefined): string | null {
  const date = new Date((us ?? 0) / 1000);
  return us === undefined || us === 0 || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function now(): string {
  return new Date().toISOString();
}

function rangeOf({ from, to }: ToldGap): string {
  if (from !== null && to !== null) return `between ${from} and ${to}`;
  if (from !== null) return `from ${from} on`;
  return to === null ? 'of an unknown time' : `before ${to}`;
}

function verdictOf({ kind }: ToldGap): string {
  if (kind === 'suppressed' || kind === 'kernel_missed') return 'never got into the journal';
  return kind === 'vacuumed' ? 'can no longer be read' : 'cannot be read';
}

function keyOf({ kind, file }: Gap): string {
  return kind === 'unreadable_file' ? `gap ${file ?? ''}` : `gap ${kind}`;
}

import type { Start } from '../journal/arguments.ts';
import type { JournalSelection } from '../journal/selection.ts';
import type { Hole } from '../journal/continuity.ts';
import { parseCursor } from '../journal/cursor.ts';
import { findDamage } from '../journal/damage.ts';
import { readFileHeader, type KnownFile } from '../journal/file-header.ts';
import { findLosses } from '../journal/find-losses.ts';
import { findJournalFiles } from '../journal/files.ts';
import { describeFile, describeGap, describeLoss, findGap, GAP_KINDS, reportGap } from '../journal/gap.ts';
import type { Gap, GapKind } from '../journal/gap.ts';
import type { Loss } from '../journal/losses.ts';
import type { Capabilities } from '../journal/probe.ts';
import { isBefore, isBeforeByName, isTransient, type IgnoredFile } from '../journal/skipped-file.ts';
import { createLossSelection } from '../journal/selects.ts';
import { pause } from '../backoff.ts';
import type { StoredReader } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';
import { FileMemory } from './file-memory.ts';
import { GapShelf } from './gap-shelf.ts';

export interface GapRecordOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  readonly log: Log;
  /** Where the gaps are kept. */
  readonly stored: StoredReader;
  /** The state file has something new to save. */
  touch(): void;
}

/** Holes come in swarms: they are looked at together. */
const SWARM_MS = 500;
/** Anyone may write a hint; each leads to a question, so they wait for one another. */
const HINT_MS = 2000;
/** Of a swarm, so many are looked at; a file that is damaged beyond that is told of anyway. */
const MAX_HOLES = 10_000;
/** Files and lines that were heard of; whoever makes up more is heard again. */
const MAX_HEARD = 10_000;
/** What a file held that is vacuumed between two looks is not known. */
const LOOK_MS = 60_000;

/** What a reader could not read: finds it out, says it once, counts it, and keeps it in the state file. */
export class GapRecord {
  readonly counts = Object.fromEntries(GAP_KINDS.map((kind) => [kind, 0])) as Record<GapKind, number>;
  private readonly options: GapRecordOptions;
  private readonly shelf: GapShelf;
  private readonly concerns: (loss: Loss) => boolean;
  /** Questions that have no answer yet. */
  private readonly lookups = new Set<Promise<void>>();
  private readonly settling = new AbortController();
  private holes: { hole: Hole; isSuspect: boolean }[] = [];
  private readonly heard = new Set<string>();
  private readonly memory = new FileMemory();
  private looks: NodeJS.Timeout | undefined;
  /** The first entry of those that may tell of losses, as long as nobody has asked. */
  private hint: string | undefined;

  constructor(options: GapRecordOptions) {
    this.options = options;
    this.shelf = new GapShelf(options.stored);
    this.concerns = createLossSelection(options.selection);
  }

  /** Reading begins: once this has resolved it is known which files are vacuumed before they are read. */
  watch(): Promise<void> {
    const look = (): Promise<void> =>
      this.lookUp(async () => {
        this.memory.note(await this.knownFiles());
      }, 'what is vacuumed may go unnoticed');
    this.looks = setInterval(() => void look(), LOOK_MS).unref();
    return look();
  }

  /**
   * Reading was to resume after the entry `wanted`, but began with `found`, or with nothing so far: a gap, unless
   * `wanted` is still there.
   */
  displaced(wanted: string, found: string | undefined): void {
    void this.lookUp(async () => {
      const gap = await findGap(this.options.selection, this.options.capabilities, { wanted, found });
      if (gap !== undefined) this.record(gap);
    }, `entries may be missing after ${wanted}`);
  }

  /**
   * Numbers are left out between two entries that came one after the other. That is a gap if journalctl had to wait or
   * wrote what is none (`isSuspect`), or if a file holds them, or did so before it was removed.
   */
  skipped(hole: Hole, isSuspect: boolean): void {
    if (this.holes.length >= MAX_HOLES) return;
    this.holes.push({ hole, isSuspect });
    if (this.holes.length > 1) return;
    void this.lookUp(async () => {
      await pause(SWARM_MS, this.settling.signal);
      await this.judgeHoles(this.holes.splice(0));
    }, `entries may be missing after ${hole.before}`);
  }

  /** journald has said that entries are lost. */
  lost(loss: Loss): void {
    if (this.concerns(loss)) this.record(describeLoss(loss));
  }

  /** The entry at the cursor may tell of losses: what journald tells from there on is read in whole. */
  mayHaveLost(cursor: string): void {
    const { hint } = this;
    if (hint === undefined || timeOf(cursor) < timeOf(hint)) this.hint = cursor;
    if (hint !== undefined) return;
    void this.lookUp(async () => {
      await pause(HINT_MS, this.settling.signal);
      const { selection, capabilities } = this.options;
      const first = this.hint ?? cursor;
      this.hint = undefined;
      for await (const loss of findLosses(selection, capabilities, first)) this.lost(loss);
    }, `entries may be missing before ${cursor}`);
  }

  /** journalctl, which was to read from `start` on, leaves a whole file out. */
  fileIgnored(ignored: IgnoredFile, start: Start): void {
    const { path, why } = ignored;
    if (this.heard.has(path + why)) return;
    if (this.heard.size >= MAX_HEARD) this.heard.clear();
    this.heard.add(path + why);
    void this.lookUp(() => this.judgeFile(ignored, start), `the entries of ${path} may be missing`);
  }

  /** Resolves when nothing is being looked for any more. */
  async settled(): Promise<void> {
    clearInterval(this.looks);
    this.settling.abort();
    await Promise.all(this.lookups);
  }

  private lookUp(find: () => Promise<void>, doubt: string): Promise<void> {
    const lookup = find()
      .catch((error: unknown) => {
        this.options.log.error(`${doubt}, and it could not be found out: ${String(error)}.`);
      })
      .finally(() => this.lookups.delete(lookup));
    this.lookups.add(lookup);
    return lookup;
  }

  private async judgeHoles(holes: readonly { hole: Hole; isSuspect: boolean }[]): Promise<void> {
    const files = await this.knownFiles();
    const damages = findDamage(
      holes.map(({ hole }) => hole),
      files.filter(({ path }) => !this.shelf.holdsFile(path)),
    );
    for (const gap of damages) this.record(gap);
    const gone = this.memory.missingFrom(files);
    this.memory.note(files);
    const isIn = (hole: Hole, some: readonly KnownFile[]): boolean => findDamage([hole], some).length > 0;
    const vacuumed = holes.filter(({ hole, isSuspect }) => (isSuspect || isIn(hole, gone)) && !isIn(hole, files));
    for (const { hole } of vacuumed) this.record(describeGap(hole.before, hole.after));
  }

  private async knownFiles(): Promise<KnownFile[]> {
    const { selection, capabilities } = this.options;
    const paths = (await findJournalFiles(selection, capabilities.machineId))?.paths ?? [];
    const files: KnownFile[] = [];
    for (const path of paths) {
      const header = await readFileHeader(path);
      if (header !== undefined) files.push({ path, header });
    }
    return files;
  }

  private async judgeFile(ignored: IgnoredFile, start: Start): Promise<void> {
    const { path, why } = ignored;
    if (await isTransient(ignored, this.settling.signal)) {
      this.heard.delete(path + why);
      return;
    }
    const header = await readFileHeader(path);
    const isOld = header === undefined ? isBeforeByName(path, await this.knownFiles(), start) : isBefore(header, start);
    if (isOld) {
      this.options.log.warn(`${path} is left out, but all its entries are from before the place in question: ${why}.`);
      return;
    }
    this.record(await describeFile(path, why), ignored.isTold);
  }

  private record(gap: Gap, isTold = false): void {
    if (!this.shelf.add(gap)) return;
    this.counts[gap.kind]++;
    if (!isTold) reportGap(this.options.log, gap);
    this.options.touch();
  }
}

function timeOf(cursor: string): number {
  return parseCursor(cursor)?.realtimeUs ?? Infinity;
}

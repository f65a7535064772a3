import type { JournalSelection } from '../journal/arguments.ts';
import type { Hole } from '../journal/continuity.ts';
import { describeGap, findGap, reportGap, type Gap } from '../journal/gap.ts';
import type { Capabilities } from '../journal/probe.ts';
import type { StoredReader } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';

export interface GapRecordOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  readonly log: Log;
  /** Where the gaps are kept. */
  readonly stored: StoredReader;
  /** The state file has something new to save. */
  touch(): void;
}

const MAX_GAPS = 100;

/** What a reader could not read: finds it out, says it, counts it, and keeps it in the state file. */
export class GapRecord {
  private readonly options: GapRecordOptions;
  private found = 0;
  /** Questions that journalctl has not answered yet. */
  private readonly lookups = new Set<Promise<void>>();

  constructor(options: GapRecordOptions) {
    this.options = options;
  }

  /** Gaps found since the start. */
  get count(): number {
    return this.found;
  }

  /** Reading was to resume after the entry `wanted`, but began with `found`: a gap, unless `wanted` is still there. */
  displaced(wanted: string, found: string): void {
    const lookup = this.lookFor(wanted, found).finally(() => this.lookups.delete(lookup));
    this.lookups.add(lookup);
  }

  /** Entries were left out between two that came one after the other. */
  skipped({ before, after }: Hole): void {
    this.record(describeGap(before, after));
  }

  /** Resolves when nothing is being looked for any more. */
  async settled(): Promise<void> {
    await Promise.all(this.lookups);
  }

  private async lookFor(wanted: string, found: string): Promise<void> {
    const { selection, capabilities, log } = this.options;
    try {
      const gap = await findGap(selection, capabilities, { wanted, found });
      if (gap !== undefined) this.record(gap);
    } catch (error) {
      log.error(`entries may be missing after ${wanted}, and it could not be found out: ${String(error)}.`);
    }
  }

  private record(gap: Gap): void {
    const { log, stored } = this.options;
    this.found++;
    reportGap(log, gap);
    stored.gaps = [...(stored.gaps ?? []), gap].slice(-MAX_GAPS);
    this.options.touch();
  }
}

import type { JournalSelection } from '../journal/selection.ts';
import type { Capabilities } from '../journal/probe.ts';
import type { StoredReader } from '../state/stored.ts';
import type { Log } from '../telemetry/log.ts';
import type { ReaderStats } from '../telemetry/metrics-stats.ts';
import type { FeedsEvents } from './feeds.ts';
import { GapRecord } from './gap-record.ts';

export interface ReadingOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  readonly log: Log;
  readonly stored: StoredReader;
  /** The state file has something new to save. */
  touch(): void;
}

/** What befalls a reader's journalctls: counted, and where entries are missing, recorded. */
export class Reading {
  readonly gaps: GapRecord;
  private restarts = 0;
  private stalls = 0;
  private readonly complaints: Record<string, number> = {};

  constructor(options: ReadingOptions) {
    this.gaps = new GapRecord(options);
  }

  /** What all feeds tell; how reading ends is for the reader. */
  get events(): Omit<FeedsEvents, 'ended' | 'failed'> {
    const { gaps, complaints } = this;
    return {
      displaced: (wanted, found) => {
        gaps.displaced(wanted, found);
      },
      skipped: (hole, isSuspect) => {
        gaps.skipped(hole, isSuspect);
      },
      lost: (loss) => {
        gaps.lost(loss);
      },
      mayHaveLost: (cursor) => {
        gaps.mayHaveLost(cursor);
      },
      fileIgnored: (file, start) => {
        gaps.fileIgnored(file, start);
      },
      restarted: () => this.restarts++,
      stalled: () => this.stalls++,
      complained: (complaint) => {
        complaints[complaint] = (complaints[complaint] ?? 0) + 1;
      },
    };
  }

  stats(): Pick<ReaderStats, 'restarts' | 'stalls' | 'complaints' | 'gaps'> {
    const { restarts, stalls, complaints, gaps } = this;
    return { restarts, stalls, complaints, gaps: gaps.counts };
  }
}

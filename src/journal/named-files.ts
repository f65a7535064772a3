import { stat } from 'node:fs/promises';
import type { JournalSelection } from './selection.ts';
import { findJournalFiles, usableOf, type JournalFiles } from './files.ts';

export interface NamedFilesWatchOptions {
  readonly selection: JournalSelection;
  readonly intervalMs?: number;
  /** Nothing has come from the present run for a while. */
  isQuiet(): boolean;
  /** There is a file that the present run does not read. */
  appeared(): void;
}

const INTERVAL_MS = 2000;

/**
 * Notices files of `journal_files` that come, or are replaced by others of the same name, as happens when journald
 * rotates: a running journalctl does not look at them. What it still has to read of the old ones it may read first.
 */
export class NamedFilesWatch {
  private readonly options: NamedFilesWatchOptions;
  private timer: NodeJS.Timeout | undefined;
  private known: ReadonlySet<string> = new Set();
  /** Counts the runs: what was found out for one does not concern the next. */
  private run = 0;

  constructor(options: NamedFilesWatchOptions) {
    this.options = options;
  }

  /** A run begins that is to read the usable ones of these files. */
  async begin(files: JournalFiles | undefined): Promise<void> {
    if (this.options.selection.journal_files === undefined) return;
    this.stop();
    const run = this.run;
    const known = await identify(files);
    if (run !== this.run) return;
    this.known = known;
    this.timer = setInterval(() => void this.compare(run), this.options.intervalMs ?? INTERVAL_MS);
  }

  /** The run has ended. */
  stop(): void {
    clearInterval(this.timer);
    this.run++;
  }

  private async compare(run: number): Promise<void> {
    if (!this.options.isQuiet()) return;
    const present = await identify(await findJournalFiles(this.options.selection, undefined));
    if (run !== this.run || !this.options.isQuiet()) return;
    if ([...present].some((file) => !this.known.has(file))) this.options.appeared();
  }
}

/** The usable files by name and identity. */
async function identify(files: JournalFiles | undefined): Promise<ReadonlySet<string>> {
  const identified = usableOf(files).map(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found && `${path}:${found.dev}:${found.ino}`;
  });
  return new Set((await Promise.all(identified)).filter((file) => file !== undefined));
}

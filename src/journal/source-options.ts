import type { JournalError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Start } from './arguments.ts';
import type { Capabilities } from './probe.ts';
import type { JournalSelection } from './selection.ts';
import type { IgnoredFile } from './skipped-file.ts';
import type { Complaint } from './stderr.ts';

/** What a Source reads, and who hears of it. */
export interface SourceOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  /** Go on with new entries; otherwise end when the old ones are read. */
  readonly follow: boolean;
  /** How long journalctl may stand blocked on its pipe: longer, and it drops vacuumed entries without a word. */
  readonly maxBlockedMs: number;
  /** A following journalctl that has given nothing for so long is looked into. */
  readonly stallCheckMs: number;
  readonly log: Log;
  /** Where the next run is to begin. */
  resumeFrom(): Start;
  /** A run of journalctl begins here; bytes of an earlier one are worthless now. */
  begun(start: Start): void;
  chunk(bytes: Buffer): void;
  /** A run that begins at `start` leaves a journal file out. */
  fileIgnored(file: IgnoredFile, start: Start): void;
  /** journalctl did not understand the cursor; `resumeFrom` is asked again. */
  badCursor(): void;
  /** Without `follow`: everything was read. */
  ended(): void;
  /** Without `follow`: it cannot be read. */
  failed(error: JournalError): void;
  counted(event: 'restart' | 'stall' | Complaint): void;
}

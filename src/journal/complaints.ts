import type { Log } from '../telemetry/log.ts';
import type { Start } from './arguments.ts';
import type { IgnoredFile } from './skipped-file.ts';
import { classifyComplaint, ignoredFile, type Complaint } from './stderr.ts';

export interface ComplaintsOptions {
  readonly log: Log;
  /** A run that begins at `start` leaves a journal file out. */
  fileIgnored(file: IgnoredFile, start: Start): void;
  counted(complaint: Complaint): void;
}

/** So many different complaints are told each for itself; what journalctl may still think of is told together. */
const MAX_TOLD_LINES = 10;

/** What the present run of journalctl has written to stderr, counted, and told in the log with what to do about it. */
export class Complaints {
  private readonly options: ComplaintsOptions;
  private readonly heard = new Set<Complaint>();
  private readonly toldLines = new Set<string>();
  private start: Start = { kind: 'head' };
  /** The last line that was more than a note; empty without any. */
  last = '';

  constructor(options: ComplaintsOptions) {
    this.options = options;
  }

  /** A run begins here. */
  begin(start: Start): void {
    this.start = start;
    this.heard.clear();
    this.last = '';
  }

  has(complaint: Complaint): boolean {
    return this.heard.has(complaint);
  }

  hear(line: string): void {
    const { log } = this.options;
    const { complaint, remedy } = classifyComplaint(line);
    this.heard.add(complaint);
    if (complaint === 'note') return;
    this.last = line;
    this.options.counted(complaint);
    if (complaint === 'merge-refused') return;
    const saying = `journalctl says "${line}"${remedy === undefined ? '' : `; ${remedy}`}`;
    const path = ignoredFile(line);
    if (path !== undefined) this.options.fileIgnored({ path, why: saying, isTold: false }, this.start);
    else if (complaint === 'permission' || complaint === 'bad-cursor' || complaint === 'file-skipped') {
      log.error(`${saying}.`, this.keyOf(line, complaint));
    } else log.warn(`${saying}.`, this.keyOf(line, complaint));
  }

  private keyOf(line: string, complaint: Complaint): string {
    if (complaint === 'permission') return complaint; // told before, with the path, unless only journalctl knows it
    if (this.toldLines.size < MAX_TOLD_LINES) this.toldLines.add(line);
    return this.toldLines.has(line) ? line : complaint;
  }
}

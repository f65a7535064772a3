import { pause } from '../backoff.ts';
import { JournalError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Start } from './arguments.ts';
import { findJournalFiles, usableOf, type JournalFiles } from './files.ts';
import type { Capabilities } from './probe.ts';
import type { JournalSelection } from './selection.ts';
import type { IgnoredFile } from './skipped-file.ts';
import { classifyComplaint } from './stderr.ts';

export interface AwaitFilesOptions {
  readonly selection: JournalSelection;
  readonly capabilities: Capabilities;
  /** Wait for files that do not exist yet. */
  readonly follow: boolean;
  readonly log: Log;
  /** Where the next run is to begin. */
  resumeFrom(): Start;
  fileIgnored(file: IgnoredFile, start: Start): void;
  /** Without `follow`: there is nothing to read. */
  ended(): void;
  /** Without `follow`: no place that is to be read exists. */
  failed(error: JournalError): void;
}

/** There is something to read; where only journalctl knows the place, `files` is undefined. */
export interface FoundFiles {
  readonly files: JournalFiles | undefined;
}

/** Files that do not exist yet are looked for so often. */
export const POLL_MS = 500;

/** What there is to read, undefined when there is nothing; waits for it when following. `looked`: it has not hung. */
export async function awaitFiles(
  options: AwaitFilesOptions,
  signal: AbortSignal,
  looked: () => void,
): Promise<FoundFiles | undefined> {
  const { selection, capabilities, follow, log } = options;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const files = await findJournalFiles(selection, capabilities.machineId);
    looked();
    if (files !== undefined && files.unreadable.length > 0) reportUnreadable(files.unreadable, options);
    if (files !== undefined && selection.journal_files !== undefined) reportLeftOut(files, options);
    if (files === undefined || files.paths.length > 0) return { files };
    const what = `no journal files in ${files.places.join(' or ')}`;
    if (!follow) {
      if (files.missing.length < files.places.length) options.ended();
      else options.failed(new JournalError(`there are ${what}${remedyFor(selection)}`));
      return undefined;
    }
    if (isFirst) log.warn(`there are ${what} yet; waiting for them.`, 'no-files');
    await pause(POLL_MS, signal);
  }
  return undefined;
}

function remedyFor({ journal_files }: JournalSelection): string {
  return journal_files === undefined ? ': no such place; check "journal_path"' : '; check "journal_files"';
}

/** Of files that are named one by one: says which keep the others from being read no longer. */
function reportLeftOut(files: JournalFiles, options: AwaitFilesOptions): void {
  if (usableOf(files).length === 0) return; // journalctl says why
  for (const path of files.missing) {
    const verdict = options.follow ? 'it is read when it comes' : 'only the others are read';
    options.log.error(`there is no journal file ${path}; ${verdict}; check "journal_files".`, `missing ${path}`);
  }
  for (const path of files.broken) {
    const why = `${path} is truncated or no journal file; \`journalctl --verify\` tells more`;
    options.fileIgnored({ path, why, isTold: false }, options.resumeFrom());
  }
}

function reportUnreadable(paths: readonly string[], options: AwaitFilesOptions): void {
  const { remedy = '' } = classifyComplaint('Permission denied');
  const more = paths.length > 1 ? ` and ${paths.length - 1} more journal files` : '';
  options.log.error(`may not read ${paths[0]!}${more}; ${remedy}.`, 'permission');
  const why = `it may not be read; ${remedy}`;
  for (const path of paths) options.fileIgnored({ path, why, isTold: true }, options.resumeFrom());
}

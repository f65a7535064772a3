import type { KnownFile } from '../journal/file-header.ts';

/** More files than a journal has; of more, those that came first are forgotten. */
const MAX_FILES = 10_000;

/** Remembers which journal files there were, and so tells what has gone with those that are there no longer. */
export class FileMemory {
  private readonly files = new Map<string, KnownFile>();

  /** Notes the files that there are now; those that have gone since are kept as they were seen last. */
  note(present: readonly KnownFile[]): void {
    for (const file of present) this.files.set(file.path, file);
    for (const path of this.files.keys()) {
      if (this.files.size <= MAX_FILES) break;
      this.files.delete(path);
    }
  }

  /** Those that were there, and are not among these. */
  missingFrom(present: readonly KnownFile[]): KnownFile[] {
    const paths = new Set(present.map(({ path }) => path));
    return [...this.files.values()].filter(({ path }) => !paths.has(path));
  }
}

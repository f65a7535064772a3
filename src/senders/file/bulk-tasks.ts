/** Finds out how files stand. */
interface LookTask {
  readonly kind: 'look';
  readonly paths: readonly string[];
}

/** Where files must really lie: `real` is what the first `length` bytes of their paths lead to. */
export interface Root {
  readonly real: string;
  readonly length: number;
}

/** Opens files for appending, and makes those that are missing. */
export interface OpenTask {
  readonly kind: 'open';
  readonly paths: readonly string[];
  readonly root: Root;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** So many stay open. */
  readonly keep: number;
}

/** A file that was opened, or made; how it stands. */
export interface Opened {
  /** Undefined when it was closed again. */
  readonly fd: number | undefined;
  readonly isNew: boolean;
  readonly id: string;
  readonly size: number;
  readonly bornMs: number;
  /** Its last bytes. */
  readonly tail: Uint8Array;
}

/** A file that is opened only for this write: it must stand as it was seen last. */
export interface ClosedFile {
  readonly path: string;
  readonly seen: string;
}

/** What goes to file i is `bytes[ends[i-1], ends[i])`. */
export interface WriteTask {
  readonly kind: 'write';
  readonly files: readonly (number | ClosedFile)[];
  readonly root: Root;
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

export type BulkTask = LookTask | OpenTask | WriteTask;

/** The file that could not be written to, by its place in the task. */
interface BulkFailure {
  readonly failed: number;
  readonly code: string | undefined;
  readonly message: string;
}

/** What each kind of task is answered with. */
export interface BulkAnswers {
  /** Identity and size of each file, with a space between; empty for what is no file or cannot be seen. */
  readonly look: readonly string[];
  /** Undefined for what could not be opened, or is not as it should be. */
  readonly open: readonly (Opened | undefined)[];
  readonly write: BulkFailure | undefined;
}

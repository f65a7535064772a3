/** One thing that is wrong in a config: where it stands, what is wrong and, where it helps, what to do. */
export interface ConfigFault {
  /** Dotted path of the key, list elements by index: `readers.sys.secret_filters.1.pattern`; empty for the file itself. */
  readonly path: string;
  readonly message: string;
}

/** The root of every error that journalbridge throws on purpose; `code` is stable, `message` is a sentence. */
export abstract class JournalbridgeError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** The config cannot be used; holds every fault at once. Ends the process with exit code 78. */
export class ConfigError extends JournalbridgeError {
  readonly code = 'CONFIG';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[], options?: ErrorOptions) {
    super(faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n'), options);
    this.faults = faults;
  }
}

/** The journal cannot be read as asked; the message names the remedy. */
export class JournalError extends JournalbridgeError {
  readonly code = 'JOURNAL';
}

/** The state file cannot be read or written; the message names the remedy. */
export class StateError extends JournalbridgeError {
  readonly code: string = 'STATE';
}

/** Another process uses the state file; once that has ended it can be used. */
export class StateInUseError extends StateError {
  override readonly code = 'STATE_IN_USE';
  /** As far as it is known. */
  readonly holder: { readonly pid?: number; readonly host?: string };

  constructor(message: string, holder: StateInUseError['holder']) {
    super(message);
    this.holder = holder;
  }
}

/** A batch was not accepted now but may be later; the delivery tries again. */
export class RetryableError extends JournalbridgeError {
  readonly code: string = 'RETRYABLE';
  /** Milliseconds the destination asked to be left alone, if it did. */
  readonly retryAfterMs: number | undefined;
  /** Indices of the payloads that are still to be accepted; undefined means all of the batch. */
  readonly remaining: readonly number[] | undefined;
  /** What errors have in common that are told only once together; undefined means the message. */
  readonly kind: string | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { retryAfterMs?: number; remaining?: readonly number[]; kind?: string } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.remaining = options.remaining;
    this.kind = options.kind;
  }
}

/** The connection is gone; `connect` is called again before the batch is retried. */
export class NotConnectedError extends RetryableError {
  override readonly code: string = 'NOT_CONNECTED';
}

/** The destination will not come back as long as this process lives: a run that only delivers does not wait for it. */
export class DestinationGoneError extends RetryableError {
  override readonly code = 'GONE';
}

/** The destination does not know or trust us: somebody has to mend that, so it is tried again slowly. */
export class AuthenticationError extends NotConnectedError {
  override readonly code = 'AUTHENTICATION';
}

/** A payload that its destination refused for good: which one of the batch, and why in a phrase. */
export interface Rejection {
  readonly index: number;
  readonly reason: string;
}

/** The destination refused these payloads for good; trying again would give the same answer. */
export class RejectedError extends JournalbridgeError {
  readonly code = 'REJECTED';
  readonly rejected: readonly Rejection[];
  /** Indices of the payloads that are neither refused nor accepted yet; the others are accepted. */
  readonly remaining: readonly number[];

  constructor(
    message: string,
    rejected: readonly Rejection[],
    options: ErrorOptions & { remaining?: readonly number[] } = {},
  ) {
    super(message, options);
    this.rejected = rejected;
    this.remaining = options.remaining ?? [];
  }
}

/**
 * The destination refused the batch as a whole, and took nothing of it, because of one or more payloads that it did not
 * name, or because of its size: it is sent again in halves until the bad payload is alone, and that one is rejected.
 */
export class BatchRefusedError extends JournalbridgeError {
  readonly code = 'BATCH_REFUSED';
}

/** The text of anything that was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system's error code (`ENOENT`, `ENOSPC`, …) of anything that was thrown, if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

import type { Log } from '../telemetry/log.ts';

/** A place in a reader's entries: the cursor that leads back to it, and its time in µs since 1970 (0: unknown). */
export interface Position {
  readonly cursor: string;
  readonly realtimeUs: number;
}

/**
 * The unit of sending and of acknowledgement. Payload i is `bytes[ends[i-1], ends[i])` (from 0 for i = 0): one line,
 * its closing newline included, so that a batch is valid NDJSON as it stands; two lines for a sender that asked for
 * heads. Valid until `send` settles, not longer.
 */
export interface Batch {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
  /** The last entry this batch accounts for; entries that a filter dropped may lie behind its last payload. */
  readonly last: Position;
}

/** A destination's driver: knows its protocol and nothing else. */
export interface Sender {
  /** Called before the first `send`, and again after a NotConnectedError. */
  connect(signal: AbortSignal): Promise<void>;
  /** Resolves when the destination has accepted all of the batch; throws one of the errors of `errors.ts`. */
  send(batch: Batch, signal: AbortSignal): Promise<void>;
  /** Safe to call twice, and without `connect`. */
  close(): Promise<void>;
  /** Where `connect` changes something at the destination: finds out, without that, whether it would succeed. */
  probe?(signal: AbortSignal): Promise<void>;
  /** Chores: rotation, old indices. Called after each batch unless the last call is still at it; the next may be sent meanwhile. */
  maintain?(signal: AbortSignal): Promise<void>;
  /** The operator asked (SIGHUP) to let go of files and open them anew. */
  reopen?(): void;
  /**
   * How far the destination has got, as a JSON value: read right after each acknowledgement, and kept in the state with
   * its cursor. Small, for the state is saved often.
   */
  mark?(): unknown;
  /** The state with this mark is on the disk: whatever happens, the next run will not begin before it. */
  saved?(mark: unknown): void;
  /** Resolves when the work in the background is done. Called before a run that does not follow ends, after the last batch. */
  finish?(signal: AbortSignal): Promise<void>;
}

/** What a sender gets besides its own options. */
export interface SenderContext {
  /** `reader.sender`, for messages. */
  readonly name: string;
  readonly log: Log;
  /** What `mark` gave at the acknowledgement that the state holds; undefined when there was none. Anything may stand there. */
  readonly mark?: unknown;
}

import type { ConfigOf, ObjectOption } from '../config/dialect.ts';
import type { Log } from '../telemetry/log.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host, HostContext } from './host.ts';

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

/** What a sender asks for whose batches are dear. */
export interface LargeBatches {
  readonly maxBytes: number;
  /** How long an entry may wait for company under load. */
  readonly patienceMs: number;
}

/** Everything journalbridge knows about a type of sender; the registry lists these. */
export interface SenderDefinition<Options extends ObjectOption = ObjectOption> {
  /** The value of `output_type`. */
  readonly type: string;
  /** The value of `type` in the state file, as journalpump wrote it. */
  readonly stateType: string;
  /** One sentence for the reference page. */
  readonly summary: string;
  /** The options of this type alone; the common ones are added by the config. */
  readonly options: Options;
  /** Seconds an entry may wait for company before its batch is sent, unless `max_send_interval` is set. */
  readonly defaultSendInterval: number;
  /**
   * Fields (without leading underscores) that it wants to know of each entry, apart from what is sent. Where this is
   * given, each payload begins with a line that `readHead` understands: the cursor, the time, and these fields' values.
   */
  head?(options: ConfigOf<Options>): readonly string[] | undefined;
  /** Where it connects to, a proxy if there is one; for `doctor`. Left out by one that has no connection. */
  endpoints?(options: ConfigOf<Options>): readonly Endpoint[];
  /** What is wrong between options that are right by themselves; `key` names the option. */
  faults?(options: ConfigOf<Options>): readonly { readonly key: string; readonly message: string }[];
  /** What is right but comes to nothing; a warning. */
  doubts?(options: ConfigOf<Options>): readonly { readonly key: string; readonly message: string }[];
  /**
   * For a kind that has deliveries which come and go in place of being one itself. Its `create` then makes what
   * `check --connect` and `redrive` need.
   */
  host?(options: ConfigOf<Options>, context: HostContext): Promise<Host>;
  /** Given where a batch costs much whatever its size: how large it is to be under load, unless the queue was limited. */
  largeBatches?(options: ConfigOf<Options>): LargeBatches | undefined;
  /** Makes the sender; loads its client library only now. */
  create(options: ConfigOf<Options>, context: SenderContext): Promise<Sender>;
}

import type { ConfigOf, ObjectOption } from '../config/dialect.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host, HostContext } from './host.ts';
import type { Sender, SenderContext } from './sender.ts';

/** What a sender asks for whose batches are dear. */
export interface LargeBatches {
  readonly maxBytes: number;
  /** How long an entry may wait for company under load. */
  readonly patienceMs: number;
}

/** What only one sender can have; `key` names the option. An address without a host is on any of this machine's. */
export type Exclusive =
  | { readonly key: string; readonly listen: { readonly host: string; readonly port: number } }
  | { readonly key: string; readonly login: string };

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
  /** Its entries go to the standard output; what the command has to say then goes to standard error. */
  readonly takesStandardOutput?: true;
  /** What it has for itself: another sender with the same is a fault, or a warning. */
  exclusive?(options: ConfigOf<Options>): readonly Exclusive[];
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

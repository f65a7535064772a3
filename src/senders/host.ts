import type { Sender, SenderContext } from './sender.ts';

/** Which entries of a reader a delivery wants: those that pass all of what is given. */
export interface Narrowing {
  /** Units (`_SYSTEMD_UNIT`), whole names or globs. */
  readonly units?: readonly string[] | undefined;
  /** Values of `SYSLOG_IDENTIFIER`. */
  readonly identifiers?: readonly string[] | undefined;
  /** Only entries of priority 0 up to this one. */
  readonly minPriority?: number | undefined;
  /** As journalctl's matches: one of the values of each field that is named. */
  readonly matches?: readonly { readonly field: string; readonly value: string }[] | undefined;
  /** Of this boot only, as in `_BOOT_ID`. */
  readonly bootId?: string | undefined;
  /** Times in µs since 1970, both included. */
  readonly sinceUs?: number | undefined;
  readonly untilUs?: number | undefined;
}

/** A delivery that a host wants to have. */
export interface DeliveryPlan {
  /** Names its place in the state, among the deliveries of this host. */
  readonly name: string;
  readonly narrowing: Narrowing;
  /** Read what the reader's `units_to_match` and `min_priority` leave out, too. */
  readonly isWide: boolean;
  /** Without a place in the state it begins with the first entry at or after this time, in µs since 1970. */
  readonly startUs: number;
  /** How much its queue may hold, and one batch of it. */
  readonly limits: {
    readonly maxEntries: number;
    readonly maxBytes: number;
    readonly batchMaxEntries: number;
    readonly batchMaxBytes: number;
  };
  /** Beside each of its dead letters, for whoever sends them again. */
  readonly marks: Readonly<Record<string, string>>;
  /** Makes its sender; may fail and is then tried again. */
  create(context: SenderContext): Promise<Sender>;
}

/** How a delivery stands. */
export interface DeliveryStanding {
  readonly sent: number;
  readonly sentBytes: number;
  readonly deadLetters: number;
  /** ISO time of the last entry that was accepted. */
  readonly time: string | undefined;
  readonly lagSeconds: number | null;
  readonly lagEntries: number | null;
  readonly lastError: string | undefined;
  /** What holds it up now. */
  readonly trouble: string | undefined;
}

/** A delivery that a host has. Its place in the state stays when it is gone. */
export interface HostedDelivery {
  standing(): DeliveryStanding;
  /** For a delivery with `untilUs`: all up to there is settled, or why it cannot be read; pending as long as it lives else. */
  readonly ended: Promise<string | undefined>;
  /** Reads no more; resolves when what was read is settled, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>;
  /** Ends it, in the middle of a batch if need be. */
  remove(): Promise<void>;
}

/** What a host may look at and do. */
export interface HostContext extends SenderContext {
  /** Go on with new entries; otherwise everything ends with what is there now. */
  readonly follow: boolean;
  /** What the reader selects by itself. */
  readonly selection: { readonly units: readonly string[]; readonly minPriority: number | undefined };
  /** What it has kept in the state; undefined: nothing. Anything may stand there. */
  readonly kept: unknown;
  /** Keeps a JSON value in the state; a small one, for it is saved often. Whether it is on the disk: if not, that is told, and made up for later. */
  keep(value: unknown): Promise<boolean>;
  /** Begins a delivery, from its place in the state if it has one. */
  add(plan: DeliveryPlan): HostedDelivery;
  /** Forgets the place of a delivery that is not there now. */
  forget(name: string): void;
  /** How a delivery stood when it was there last, by the state; undefined: it never was, or is forgotten. */
  pastOf(name: string): DeliveryStanding | undefined;
  /** Words beside a delivery, for `journalbridge status`. */
  describe(name: string, about: Readonly<Record<string, string>>): void;
  /** The time where a reader's `initial_position` of this value begins, in µs since 1970. */
  startOf(position: 'head' | 'tail' | number): Promise<number>;
  /** The id of a boot: 0 is the current one, -1 the one before; undefined: there is none such. */
  bootId(offset: number): Promise<string | undefined>;
}

/** A sender that is none itself, but has deliveries that come and go. */
export interface Host {
  /** What is wrong with it as a whole, for the state file; undefined: nothing. */
  readonly trouble: string | undefined;
  /** Begins the deliveries that it had, before anything is read; must not wait for the network. */
  resume(): Promise<void>;
  /** From now on it may do all that it does. */
  open(): void;
  /** No delivery comes any more; those that are there go on for a while. */
  close(): Promise<void>;
  /** Its deliveries are gone: lets go of everything. Safe to call twice, and without `open`. */
  end(): Promise<void>;
}

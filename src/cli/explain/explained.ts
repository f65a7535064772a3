/** What a config does with one entry: plain data, and the lines of `explain --json`. Nothing in it is from before redaction. */
export interface ExplainedEntry {
  readonly reader: string;
  readonly cursor: string;
  /** ISO text in UTC with µs; null when the entry has no time that a calendar knows. */
  readonly time: string | null;
  readonly unit: string | null;
  readonly priority: number | null;
  /** The beginning of it, as text. */
  readonly message: string | null;
  /** Whether it gets as far as the senders. */
  readonly kept: boolean;
  /** In order, up to the one that drops the entry; only those that the reader has. */
  readonly steps: readonly ReaderStep[];
  /** Empty when the entry was dropped before. */
  readonly senders: readonly ExplainedSender[];
}

/** What one sender gets of an entry. */
export interface ExplainedSender {
  readonly sender: string;
  readonly output_type: string;
  readonly gets: boolean;
  readonly steps: readonly SenderStep[];
  /** The entry was too large, and a stub stands in its place. */
  readonly stub: boolean;
  /** The line without its closing newline, before it is encrypted if it is, and how many bytes of UTF-8 it has; null when the sender does not get it. */
  readonly payload: string | null;
  readonly bytes: number | null;
}

/** What is done once for all senders of a reader. */
export type ReaderStep = UnitStep | PriorityStep | OwnLogStep | ExclusionStep | MatchStep | RedactionStep | SearchStep;

/** What is done for one sender. */
export type SenderStep = LevelStep | FieldFilterStep | EncryptStep;

interface UnitStep {
  readonly step: 'units_to_match';
  readonly passes: boolean;
}

interface PriorityStep {
  readonly step: 'min_priority';
  readonly passes: boolean;
  readonly min_priority: number;
}

/** Only where it drops the entry. */
interface OwnLogStep {
  readonly step: 'ship_own_logs';
  readonly passes: false;
  readonly own_unit: string;
}

interface ExclusionStep {
  readonly step: 'units_to_exclude';
  readonly passes: boolean;
  /** The glob that matches. */
  readonly glob: string | null;
}

interface MatchStep {
  readonly step: 'match_key';
  readonly passes: boolean;
  /** Whose `match_key` it is. */
  readonly of: 'config' | 'reader';
  readonly key: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

interface RedactionStep {
  readonly step: 'secret_filters';
  readonly passes: true;
  readonly changes: readonly Redaction[];
}

/** How often a secret filter, by its index, has replaced something in a field. */
export interface Redaction {
  readonly filter: number;
  readonly field: string;
  readonly count: number;
}

interface SearchStep {
  readonly step: 'searches';
  readonly passes: boolean;
  readonly hits: readonly SearchHit[];
}

/** A search that has hit, and the tags of its metric. */
interface SearchHit {
  readonly name: string;
  readonly tags: Readonly<Record<string, string | number>>;
}

interface LevelStep {
  readonly step: 'unit_log_level';
  readonly passes: boolean;
  /** The name of the list. */
  readonly list: string;
  /** The rule of the list that decides, by its index; null when none is for the unit. */
  readonly rule: number | null;
  readonly service_glob: string | null;
  readonly log_level: number | null;
  /** What is compared, extra fields considered; null when there is nothing that can be compared. */
  readonly priority: number | null;
}

interface FieldFilterStep {
  readonly step: 'field_filter';
  readonly passes: true;
  readonly filter: string;
  readonly type: 'whitelist' | 'blacklist';
  /** Keys of the payload, and those that it has not got because of the filter. */
  readonly keeps: readonly string[];
  readonly removes: readonly string[];
}

/** What is shown as the payload goes out in an envelope of so many bytes. */
interface EncryptStep {
  readonly step: 'encrypt';
  readonly passes: true;
  readonly algorithm: string;
  readonly key_id: string;
  readonly envelope_bytes: number;
}

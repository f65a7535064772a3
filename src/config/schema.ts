import { senderDefinitions } from '../senders/registry.ts';
import type { LogLevel } from '../telemetry/log.ts';
import { object } from './dialect.ts';
import type { ConfigOf, ObjectOption, ValuesOf } from './dialect.ts';
import type { readerOptions } from './options/reader.ts';
import type { senderOptions } from './options/sender.ts';
import { topLevelOptions } from './options/top-level.ts';

const senderKinds = Object.fromEntries(senderDefinitions.map(({ type, options }) => [type, options]));

/** The declaration of the whole config: what ajv, editors and the reference page are made from. */
export const configOption = object(topLevelOptions(senderKinds), {
  description: 'The config of journalbridge.',
});

/** The flags of a journal, each by its one name. */
export type JournalFlag = 'LOCAL_ONLY' | 'RUNTIME_ONLY' | 'SYSTEM' | 'CURRENT_USER' | 'OS_ROOT';

/** A checked sender: the keys that all have, and under `options` those of its own kind, ready for its `create`. */
export interface SenderConfig extends ValuesOf<typeof senderOptions> {
  readonly options: ConfigOf<ObjectOption>;
  /** Fields that its kind wants to know of each entry besides the payload; undefined: nothing. */
  readonly head?: readonly string[];
  /** It has deliveries which come and go, and which may want any field of an entry. */
  readonly isHost?: true;
  /** SHA-256 of what is in the files that it reads, by key of its options. */
  readonly files?: Readonly<Record<string, string>>;
}

type RawReader = ValuesOf<ReturnType<typeof readerOptions>>;

/** A checked reader: what it has not filled in from the top level, flags by name (empty: none given), levels as numbers. */
export interface ReaderConfig extends Omit<RawReader, 'journal_flags' | 'min_priority' | 'senders'> {
  readonly journal_flags: readonly JournalFlag[];
  /** From 0, the most important, to 7; undefined: entries without a priority are selected, too. */
  readonly min_priority?: number;
  readonly ship_own_logs: boolean;
  readonly msg_buffer_max_length: number;
  readonly msg_buffer_max_bytes: number;
  readonly senders: Readonly<Record<string, SenderConfig>>;
}

/** Which fields a sender gets: only the listed ones, or all but these. */
interface FieldFilterConfig {
  readonly type: 'whitelist' | 'blacklist';
  readonly fields: readonly string[];
}

/** The least important priority (0 to 7) that the entries of a unit may have. */
interface UnitLogLevelConfig {
  readonly service_glob: string;
  readonly log_level: number;
}

/** Where metrics go, and what all of them have in common. */
export type StatsdConfig = {
  readonly prefix: string;
  readonly tags: Readonly<Record<string, string | number>>;
} & ({ readonly path: string } | { readonly host: string; readonly port: number });

type RawConfig = ConfigOf<typeof configOption>;
type Reshaped = '$schema' | 'log_level' | 'field_filters' | 'unit_log_levels' | 'statsd' | 'readers';

/** A checked config: every default filled in, every key under its one name, what is disabled still there. */
export interface Config extends Omit<RawConfig, Reshaped> {
  readonly log_level: LogLevel;
  readonly field_filters: Readonly<Record<string, FieldFilterConfig>>;
  readonly unit_log_levels: Readonly<Record<string, readonly UnitLogLevelConfig[]>>;
  /** Undefined: metrics are off. */
  readonly statsd?: StatsdConfig;
  readonly readers: Readonly<Record<string, ReaderConfig>>;
}

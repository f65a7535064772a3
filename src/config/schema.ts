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
}

type RawReader = ValuesOf<ReturnType<typeof readerOptions>>;

/** A checked reader: limits filled in from the top level, flags as a list of names (empty: none given). */
export interface ReaderConfig extends Omit<RawReader, 'journal_flags' | 'senders'> {
  readonly journal_flags: readonly JournalFlag[];
  readonly msg_buffer_max_length: number;
  readonly msg_buffer_max_bytes: number;
  readonly senders: Readonly<Record<string, SenderConfig>>;
}

/** A checked config: every default filled in, every key under its one name, what is disabled still there. */
export interface Config extends Omit<ConfigOf<typeof configOption>, '$schema' | 'log_level' | 'readers'> {
  readonly log_level: LogLevel;
  readonly readers: Readonly<Record<string, ReaderConfig>>;
}

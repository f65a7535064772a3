import { senderDefinition } from '../senders/registry.ts';
import type { LogLevel } from '../telemetry/log.ts';
import type { ConfigOf } from './dialect.ts';
import { journalFlagsOf } from './journal-flags.ts';
import { senderOptions } from './options/sender.ts';
import type { Config, ReaderConfig, SenderConfig, configOption } from './schema.ts';

type CheckedConfig = ConfigOf<typeof configOption>;
type CheckedReader = CheckedConfig['readers'][string];
type CheckedSender = CheckedReader['senders'][string];

const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  NOTSET: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error',
};

/** The config in the shape that the program works with; `value` has passed every check and names no alias. */
export function normalise(value: unknown): Config {
  const { $schema: _, log_level, readers, ...rest } = value as CheckedConfig;
  return { ...rest, log_level: logLevelOf(log_level), readers: mapValues(readers, (reader) => readerOf(reader, rest)) };
}

type Limits = Pick<Config, 'msg_buffer_max_length' | 'msg_buffer_max_bytes'>;

function readerOf(reader: CheckedReader, { msg_buffer_max_length, msg_buffer_max_bytes }: Limits): ReaderConfig {
  return {
    ...reader,
    msg_buffer_max_length: reader.msg_buffer_max_length ?? msg_buffer_max_length,
    msg_buffer_max_bytes: reader.msg_buffer_max_bytes ?? msg_buffer_max_bytes,
    journal_flags: journalFlagsOf(reader.journal_flags),
    senders: mapValues(reader.senders, senderOf),
  };
}

/** What a sender has in place of a common key that its kind means otherwise. */
const SENDER_DEFAULTS = Object.fromEntries(
  Object.entries(senderOptions).flatMap(([key, option]) => ('default' in option ? [[key, option.default]] : [])),
);

/** A key that a kind of sender declares itself is its own, also where all senders have one of that name. */
function senderOf(sender: CheckedSender): SenderConfig {
  const own = senderDefinition(sender.output_type)?.options.properties ?? {};
  const isOwn = (key: string): boolean => Object.hasOwn(own, key) && key !== 'output_type';
  const entries = Object.entries(sender);
  const common = Object.fromEntries(entries.filter(([key]) => !isOwn(key)));
  return {
    ...SENDER_DEFAULTS,
    ...common,
    options: Object.fromEntries(entries.filter(([key]) => isOwn(key))),
  } as SenderConfig;
}

/** Python's levels: a number counts as the next name at or above it. */
function logLevelOf(level: string | number): LogLevel {
  if (typeof level === 'string') return LOG_LEVELS[level.toUpperCase()] ?? 'info';
  if (level <= 10) return 'debug';
  if (level <= 20) return 'info';
  return level <= 30 ? 'warn' : 'error';
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

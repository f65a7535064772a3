import { senderDefinition } from '../senders/registry.ts';
import type { LogLevel } from '../telemetry/log.ts';
import type { ConfigOf } from './dialect.ts';
import { journalFlagsOf } from './journal-flags.ts';
import { levelNumber } from './levels.ts';
import { senderOptions } from './options/sender.ts';
import type { Config, ReaderConfig, SenderConfig, StatsdConfig, configOption } from './schema.ts';

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
  const { $schema: _, log_level, readers, field_filters, unit_log_levels, statsd, ...rest } = value as CheckedConfig;
  return {
    ...rest,
    log_level: logLevelOf(log_level),
    field_filters: mapValues(field_filters, fieldFilterOf),
    unit_log_levels: mapValues(unit_log_levels, (rules) =>
      rules.map((rule) => ({ ...rule, log_level: levelNumber(rule.log_level) })),
    ),
    ...optional('statsd', statsdOf(statsd)),
    readers: mapValues(readers, (reader) => readerOf(reader, rest)),
  };
}

type Shared = Pick<Config, 'msg_buffer_max_length' | 'msg_buffer_max_bytes' | 'ship_own_logs'>;

function readerOf({ min_priority, ...reader }: CheckedReader, top: Shared): ReaderConfig {
  return {
    ...reader,
    msg_buffer_max_length: reader.msg_buffer_max_length ?? top.msg_buffer_max_length,
    msg_buffer_max_bytes: reader.msg_buffer_max_bytes ?? top.msg_buffer_max_bytes,
    ship_own_logs: reader.ship_own_logs ?? top.ship_own_logs,
    journal_flags: journalFlagsOf(reader.journal_flags),
    ...optional('min_priority', min_priority === undefined ? undefined : levelNumber(min_priority)),
    senders: mapValues(reader.senders, senderOf),
  };
}

/** What a sender has in place of a common key that its kind means otherwise. */
const SENDER_DEFAULTS = Object.fromEntries(
  Object.entries(senderOptions).flatMap(([key, option]) => ('default' in option ? [[key, option.default]] : [])),
);

/** A key that a kind of sender declares itself is its own, also where all senders have one of that name. */
export function senderOf(sender: CheckedSender): SenderConfig {
  const definition = senderDefinition(sender.output_type);
  const isHost = definition?.host !== undefined;
  const own = definition?.options.properties ?? {};
  const isOwn = (key: string): boolean => Object.hasOwn(own, key) && key !== 'output_type';
  const entries = Object.entries(sender);
  const common = Object.fromEntries(entries.filter(([key, value]) => !isOwn(key) && !isNone(key, value)));
  const options = Object.fromEntries(entries.filter(([key]) => isOwn(key)));
  return {
    ...SENDER_DEFAULTS,
    ...common,
    options,
    ...optional('head', definition?.head?.(options)),
    // What makes documents of entries needs them as they are.
    ...(isHost && { isHost, format: 'journald' }),
  } as SenderConfig;
}

/** An empty name of a definition means that there is none. */
function isNone(key: string, value: unknown): boolean {
  return (key === 'field_filter' || key === 'unit_log_level') && value === '';
}

function fieldFilterOf({ type, fields }: CheckedConfig['field_filters'][string]): Config['field_filters'][string] {
  return { type: type === 'whitelist' || type === 'include' ? 'whitelist' : 'blacklist', fields };
}

/** Where metrics go; undefined when nothing complete says where. */
function statsdOf(statsd: CheckedConfig['statsd']): StatsdConfig | undefined {
  if (statsd === undefined) return undefined;
  const { host, port, path, prefix, tags } = statsd;
  if (path !== undefined) return { path, prefix, tags };
  return host === undefined || port === undefined ? undefined : { host, port, prefix, tags };
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

/** The key with its value, or nothing where there is no value. */
function optional<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, T>>;
}

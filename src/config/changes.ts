import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { senderDefinition } from '../senders/registry.ts';
import { commonPath, literal, parsePath, type Step } from './path-pattern.ts';
import type { Config, ReaderConfig, SenderConfig } from './schema.ts';

/** Which readers of two configs are to be started, stopped, started anew, and left alone. Disabled ones count as not there. */
export interface ReaderChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Top-level keys that do not change what a reader does, or that are in its own config already. A key that is missing
 * here concerns every reader.
 */
const NOT_OF_READERS = new Set<string>([
  'readers',
  'field_filters',
  'unit_log_levels',
  'unit_log_level_rule',
  'geoip_database',
  'ship_own_logs',
  'msg_buffer_max_length',
  'msg_buffer_max_bytes',
  'statsd',
  'tags',
  'log_level',
  'json_state_file_path',
  'state_save_interval',
  'shutdown_timeout',
  'write_running_config',
  'json_running_config_path',
] satisfies (keyof Config | 'write_running_config' | 'json_running_config_path')[]);

/** The enabled readers of a config by name. */
export function enabledReaders(config: Config): [name: string, reader: ReaderConfig][] {
  return Object.entries(config.readers).filter(([, { enabled }]) => enabled);
}

/** Compares what each reader does under the one config and the other, whatever it is written like. */
export function compareReaders(before: Config, after: Config): ReaderChanges {
  const old = new Map(enabledReaders(before));
  const now = new Map(enabledReaders(after));
  const common = [...now.keys()].filter((name) => old.has(name));
  const isKept = (name: string): boolean =>
    isDeepStrictEqual(effectOf(before, old.get(name)!), effectOf(after, now.get(name)!));
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed: common.filter((name) => !isKept(name)),
    kept: common.filter(isKept),
  };
}

/** Whether a sender of the one writes a file that a sender of the other writes, or may write. */
export function sharesFiles(one: ReaderConfig, other: ReaderConfig): boolean {
  const files = filesOf(one);
  return filesOf(other).some((file) => files.some((theirs) => commonPath(theirs, file) !== undefined));
}

function filesOf({ senders }: ReaderConfig): (readonly Step[])[] {
  return Object.values(senders).flatMap(({ enabled, output_type: type, options }) => {
    const declared = enabled ? Object.entries(senderDefinition(type)?.options.properties ?? {}) : [];
    return declared
      .map(([key, { writes }]) => ({ file: options[key], writes }))
      .filter(({ file, writes }) => writes !== undefined && typeof file === 'string')
      .map(({ file, writes }) => stepsOf(file as string, writes === 'templates'));
  });
}

function stepsOf(file: string, hasPlaces: boolean): readonly Step[] {
  const pattern = hasPlaces ? parsePath(file) : undefined;
  if (pattern === undefined || pattern.isPlain) return literal(resolve(pattern?.root ?? file));
  return pattern.stepsBelow(resolve(pattern.root));
}

/** All of the config that a reader goes by. */
function effectOf(config: Config, reader: ReaderConfig): unknown {
  const senders = Object.entries(reader.senders).filter(([, { enabled }]) => enabled);
  const shared = Object.entries(config).filter(([key]) => !NOT_OF_READERS.has(key));
  return {
    shared: Object.fromEntries(shared),
    reader: { ...reader, senders: undefined },
    geoip: reader.searches.length > 0 ? config.geoip_database : undefined,
    senders: Object.fromEntries(senders.map(([name, sender]) => [name, effectOfSender(config, sender)])),
  };
}

function effectOfSender(config: Config, sender: SenderConfig): unknown {
  const { field_filter: filter, unit_log_level: level } = sender;
  return {
    ...sender,
    field_filter: filter === undefined ? undefined : config.field_filters[filter],
    unit_log_level: level === undefined ? undefined : [config.unit_log_levels[level], config.unit_log_level_rule],
  };
}

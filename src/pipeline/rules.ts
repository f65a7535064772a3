import type { Config, ReaderConfig, SenderConfig } from '../config/schema.ts';
import type { JournalSelection } from '../journal/selection.ts';
import { createOwnLogGuard, ownProcess } from '../journal/own-log.ts';
import { neededFields } from '../journal/push-down.ts';
import { createLossExclusion, createUnitExclusion } from '../journal/selects.ts';
import type { StoredReader } from '../state/stored.ts';
import type { ReaderStats } from '../telemetry/metrics-stats.ts';
import type { EncoderOptions } from '../transform/encoder-options.ts';
import { createEncryption } from '../transform/seal.ts';
import { createMatch } from '../transform/match.ts';
import { createUnitLogLevel } from '../transform/unit-log-level.ts';
import type { Level } from './dealer.ts';
import { createRedaction } from './redaction.ts';
import { createSearching, type SearchEvents } from './searching.ts';
import { Sieve, type Test } from './sieve.ts';

export interface RulesOptions extends SearchEvents {
  readonly config: Config;
  readonly reader: ReaderConfig;
  /** The boot we run in, as in `_BOOT_ID`. */
  readonly bootId: string | undefined;
  /** A value took too long to redact, and what was left of it was removed. */
  readonly abandoned?: () => void;
}

/** What a reader does with its entries: the config of filters, levels, secrets and searches made into code. */
export interface Rules {
  /** What journalctl is told to select. */
  readonly selection: JournalSelection;
  readonly sieve: Sieve;
  readonly hasSearches: boolean;
  encodingOf(sender: SenderConfig): EncoderOptions;
  levelOf(sender: SenderConfig): Level | undefined;
  /** Brings what the rules have counted into the reader's part of the state file. */
  describe(stored: StoredReader): void;
  stats(): Pick<ReaderStats, 'dropped' | 'redactions' | 'secretFilterMatches'>;
}

/** Makes the rules of one reader. Throws an Error with a sentence for what `check` would have refused. */
export async function createRules({
  config,
  reader,
  bootId,
  abandoned = () => undefined,
  ...events
}: RulesOptions): Promise<Rules> {
  const redaction = await createRedaction(reader, abandoned);
  const searching = await createSearching(config, reader, events);
  const sieve = new Sieve({
    isAddition: createLossExclusion(reader),
    isOwnLog: reader.ship_own_logs ? undefined : createOwnLogGuard(ownProcess(bootId)),
    isExcluded: createUnitExclusion(reader.units_to_exclude),
    match: matchTest(config, reader),
    redact: redaction?.redact,
    search: searching?.search,
  });
  return {
    selection: { ...reader, outputFields: neededFields(config, reader) },
    sieve,
    hasSearches: searching !== undefined,
    encodingOf: (sender) => encodingOf(config, sender),
    levelOf: (sender) => levelOf(config, sender),
    describe: (stored) => searching?.describe(stored),
    stats: () => {
      searching?.tellSlow();
      return {
        dropped: sieve.dropped,
        redactions: redaction?.counts ?? [],
        secretFilterMatches: reader.secret_filter_metrics ? (redaction?.changedEntries() ?? 0) : undefined,
      };
    },
  };
}

function matchTest(config: Config, reader: ReaderConfig): Test | undefined {
  const tests = [config, reader].filter(({ match_key }) => match_key !== undefined && match_key !== '');
  const [first, second] = tests.map(({ match_key, match_value }) => createMatch(match_key, match_value));
  if (first === undefined || second === undefined) return first;
  return (block, i) => first(block, i) && second(block, i);
}

/** How a sender's entries become payloads. */
export function encodingOf(config: Config, sender: SenderConfig): EncoderOptions {
  return {
    format: sender.format,
    extraFields: sender.extra_field_values,
    fieldFilter: sender.field_filter === undefined ? undefined : config.field_filters[sender.field_filter],
    maxEntryBytes: sender.max_entry_bytes,
    head: sender.head,
    lineTemplate: sender.line_template,
    encryption: sender.encrypt && createEncryption(sender.encrypt),
  };
}

/** The unit log levels of a sender; undefined when it has none. */
export function levelOf(config: Config, sender: SenderConfig): Level | undefined {
  const rules = sender.unit_log_level === undefined ? undefined : config.unit_log_levels[sender.unit_log_level];
  if (rules === undefined) return undefined;
  const { PRIORITY, SYSTEMD_UNIT } = sender.extra_field_values;
  return {
    key: JSON.stringify([sender.unit_log_level, PRIORITY, SYSTEMD_UNIT]),
    passes: createUnitLogLevel(rules, config.unit_log_level_rule, sender.extra_field_values),
  };
}

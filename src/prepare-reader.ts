import type { Config, ReaderConfig } from './config/schema.ts';
import type { Capabilities } from './journal/probe.ts';
import { Reader } from './pipeline/reader.ts';
import { createRules } from './pipeline/rules.ts';
import type { StateFile } from './state/state-file.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** What all readers of a config have in common. */
export interface Common {
  readonly config: Config;
  readonly capabilities: Capabilities;
  /** Go on with new entries; otherwise end with what is there now. */
  readonly follow: boolean;
  readonly state: StateFile;
  readonly log: Log;
  /** Where metrics go at the moment. */
  metrics(): Metrics;
}

/**
 * Does all for a reader that may fail and touches nothing, and returns what makes it. It is to be made when no other
 * reader of that name is there any more: it goes on from what that one has left in the state.
 */
export async function prepareReader(name: string, reader: ReaderConfig, common: Common): Promise<() => Reader> {
  const { config, capabilities, follow, state } = common;
  const log = common.log.scoped(name);
  const rules = () =>
    createRules({
      config,
      reader,
      bootId: capabilities.bootId,
      abandoned: () => {
        log.warn('a value took too long to redact; what was left of it was removed.', 'redaction-abandoned');
      },
      hit: (search, tags) => {
        common.metrics().hit(search, { ...tags, reader: name });
      },
      slow: ({ field, pattern: regex, seconds }) => {
        common.metrics().gauge('journal.perform_search_regex_duration', seconds, { regex, reader: name });
        log.info(`a search in ${field} took ${seconds.toFixed(1)} s for one entry.`);
      },
    });
  const isolationTimeoutMs = config.isolation_timeout * 1000;
  const stallCheckMs = config.stall_check_interval * 1000;
  const deadLetters = { statePath: config.json_state_file_path, maxBytes: config.dead_letter_max_bytes };
  const made = await rules();
  return () =>
    new Reader({
      name,
      config: reader,
      rules: made,
      capabilities,
      isolationTimeoutMs,
      stallCheckMs,
      follow,
      state,
      deadLetters,
      log,
    });
}

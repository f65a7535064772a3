import type { Config, ReaderConfig, SenderConfig } from '../config/schema.ts';
import { lossFields } from './losses.ts';

/** Longer arguments are refused by the kernel (MAX_ARG_STRLEN, 128 KiB). */
const MAX_ARGUMENT_LENGTH = 64 * 1024;

/** Whether a payload of the format has nothing in it but what its field filter keeps. */
const IS_FILTERED: Readonly<Record<SenderConfig['format'], boolean>> = {
  journalpump: true,
  journald: true,
  ecs: true,
  text: true,
  template: true,
};

/**
 * The only fields that journalctl need tell for this reader, to save a third of its work: those that the whitelists of
 * all its senders and its rules name. Undefined when some sender or rule may need any field.
 */
export function neededFields(config: Config, reader: ReaderConfig): readonly string[] | undefined {
  const senders = Object.values(reader.senders).filter(({ enabled }) => enabled);
  const needs = [...senders.map((sender) => fieldsOfSender(config, sender)), fieldsOfSecrets(reader)];
  if (needs.some((fields) => fields === undefined)) return undefined;
  const names = new Set([...needs.flatMap((fields) => fields ?? []), ...fieldsOfRules(config, reader)]);
  const sorted = [...names].filter(isJournalName).sort();
  return sorted.join().length > MAX_ARGUMENT_LENGTH ? undefined : sorted;
}

function fieldsOfSender(config: Config, sender: SenderConfig): readonly string[] | undefined {
  if (sender.isHost) return undefined;
  const filter = sender.field_filter === undefined ? undefined : config.field_filters[sender.field_filter];
  if (filter?.type !== 'whitelist' || !IS_FILTERED[sender.format]) return undefined;
  const level = sender.unit_log_level === undefined ? [] : ['PRIORITY', 'SYSTEMD_UNIT'];
  return [...filter.fields, ...level, ...(sender.head ?? [])].flatMap(namesOf);
}

/** Secrets in fields that nobody gets need no redaction, but they count. */
function fieldsOfSecrets(reader: ReaderConfig): readonly string[] | undefined {
  if (reader.secret_filters.length === 0 || !reader.secret_filter_metrics) return [];
  return reader.secret_filter_fields?.flatMap(namesOf);
}

function fieldsOfRules(config: Config, reader: ReaderConfig): string[] {
  const matched = [config.match_key, reader.match_key].filter((key) => key !== undefined);
  return [
    ...matched.flatMap((key) => [key, `_${key}`]),
    ...reader.searches.flatMap(({ fields }) => Object.keys(fields)),
    ...(reader.units_to_exclude.length > 0 ? ['_SYSTEMD_UNIT'] : []),
    ...(reader.ship_own_logs ? [] : ['_SYSTEMD_UNIT', '_PID']),
    ...lossFields(reader),
  ];
}

/** The fields that a filter's name stands for: names in the journal are in upper case, those of trusted fields begin with `_`. */
function namesOf(name: string): string[] {
  const key = name.replace(/^_+/, '').toLowerCase().toUpperCase();
  return [key, `_${key}`];
}

/** Only these can be in a journal (sd_journal_add_match(3)); anything else, a comma above all, stays out of the argument. */
function isJournalName(name: string): boolean {
  return /^[A-Z_][A-Z0-9_]{0,63}$/.test(name);
}

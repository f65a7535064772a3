import { LEVEL_NAMES } from '../../config/levels.ts';
import type { ExplainedEntry, ExplainedSender, ReaderStep, SenderStep } from './explained.ts';

/** A step in words: one line, or several of the same step. */
export interface Words {
  readonly mark: Mark;
  readonly name: string;
  readonly text: string;
}

/** It passes; it is dropped; something is changed. */
export type Mark = '✓' | '✗' | '●';

const MAX_VALUE = 60;
const MAX_LISTED = 8;

/** What happened to an entry in a step of its reader. */
export function readerWords(step: ReaderStep, entry: ExplainedEntry): Words[] {
  if (step.step === 'secret_filters') return redactionWords(step.changes);
  if (step.step === 'searches') return searchWords(step.hits);
  return [{ mark: markOf(step.passes), name: step.step, text: reasonOf(step, entry) }];
}

/** What happened to an entry on its way to a sender. */
export function senderWords(step: SenderStep): Words {
  if (step.step === 'encrypt') return { mark: '●', name: step.step, text: encryptionOf(step) };
  const text = step.step === 'unit_log_level' ? levelReason(step) : filterReason(step);
  return { mark: markOf(step.passes), name: step.step, text };
}

function encryptionOf({ algorithm, key_id: keyId, envelope_bytes: bytes }: Extract<SenderStep, { step: 'encrypt' }>) {
  return `what is shown below goes out in an envelope of ${counted(bytes, 'byte')}: ${algorithm}, key ${shown(keyId)}`;
}

/** How large the payload is, and whether it is a stub. */
export function sizeWords({ bytes, stub }: ExplainedSender): Words {
  if (!stub) return { mark: '✓', name: 'payload', text: counted(bytes ?? 0, 'byte') };
  return { mark: '●', name: 'payload', text: `larger than max_entry_bytes: a stub of ${counted(bytes ?? 0, 'byte')}` };
}

/** The name of a priority. */
export function levelName(priority: number): string {
  return LEVEL_NAMES[priority]?.toLowerCase() ?? String(priority);
}

function markOf(passes: boolean): Mark {
  return passes ? '✓' : '✗';
}

type Single = Exclude<ReaderStep, { readonly step: 'secret_filters' | 'searches' }>;

function reasonOf(step: Single, { unit, priority }: ExplainedEntry): string {
  switch (step.step) {
    case 'units_to_match':
      if (unit === null) return 'it has no unit';
      return `${shown(unit)} is ${step.passes ? 'listed' : 'not listed'}`;
    case 'min_priority':
      if (priority === null) return 'it has no priority from 0 to 7';
      return `${levelName(priority)} is ${step.passes ? 'at least as' : 'less'} important ${step.passes ? 'as' : 'than'} ${levelName(step.min_priority)}`;
    case 'ship_own_logs':
      return `${step.own_unit} is taken for the daemon itself, and its own lines are not shipped`;
    case 'units_to_exclude':
      if (unit === null) return 'it has no unit';
      return step.glob === null ? `nothing excludes ${shown(unit)}` : `${shown(step.glob)} excludes ${shown(unit)}`;
    case 'match_key':
      return `${matchReason(step)}${step.of === 'config' ? ' (top level)' : ''}`;
  }
}

function matchReason({ key, found, wanted, passes }: Extract<Single, { step: 'match_key' }>): string {
  const is = found === null ? `it has no ${key}` : `${key} is ${shown(found)}`;
  return passes ? is : `${is}; wanted ${wanted === null ? 'none' : shown(wanted)}`;
}

function redactionWords(changes: Extract<ReaderStep, { step: 'secret_filters' }>['changes']): Words[] {
  if (changes.length === 0) return [{ mark: '✓', name: 'secret_filters', text: 'nothing to redact' }];
  const filters = [...new Set(changes.map(({ filter }) => filter))];
  return filters.map((filter) => {
    const fields = changes.filter((change) => change.filter === filter);
    const text = fields.map(({ field, count }) => `${field} ${times(count)}`).join(', ');
    return { mark: '●', name: `secret_filters.${filter}`, text: `redacted ${text}` };
  });
}

function searchWords(hits: Extract<ReaderStep, { step: 'searches' }>['hits']): Words[] {
  if (hits.length === 0) return [{ mark: '✗', name: 'searches', text: 'none of them hits' }];
  return hits.map(({ name, tags }) => {
    const pairs = Object.entries(tags).map(([tag, value]) => `${tag}=${shown(value)}`);
    return { mark: '✓', name: 'searches', text: [name, ...pairs].join('  ') };
  });
}

function levelReason(step: Extract<SenderStep, { step: 'unit_log_level' }>): string {
  const { passes, list, rule, service_glob, log_level, priority } = step;
  if (rule === null || log_level === null) return `no rule of ${shown(list)} is for its unit`;
  const decides = `${shown(list)}, rule ${rule}: ${shown(service_glob)} down to ${levelName(log_level)}`;
  if (priority === null) return `it has no priority to compare (${decides})`;
  return `${levelName(priority)} ${passes ? 'passes' : 'is less important'} (${decides})`;
}

function filterReason({ filter, type, keeps, removes }: Extract<SenderStep, { step: 'field_filter' }>): string {
  const [few, many] =
    type === 'whitelist' ? [`keeps ${listed(keeps)}`, removes] : [`removes ${listed(removes)}`, keeps];
  return `${shown(filter)} ${few}; ${type === 'whitelist' ? 'removes' : 'keeps'} ${many.length}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const more = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A value as JSON, or a text that needs no quotes without them; cut when it is long. */
function shown(value: unknown): string {
  const text = typeof value === 'string' && /^[^\s"',;()]+$/.test(value) ? value : JSON.stringify(value);
  const characters = Array.from(text);
  return characters.length > MAX_VALUE ? `${characters.slice(0, MAX_VALUE).join('')}…` : text;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function counted(count: number, noun: string): string {
  const grouped = String(count).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${grouped} ${noun}${count === 1 ? '' : 's'}`;
}

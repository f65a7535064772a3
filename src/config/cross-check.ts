import type { ConfigFault } from '../errors.ts';
import { faultAt, quoted } from './faults.ts';
import { journalFlagsOf } from './journal-flags.ts';
import { pointlessInReader, pointlessMatch } from './pointless.ts';
import type { Findings } from './prepare.ts';
import { checkReferences } from './references.ts';
import { isEnabled, isJsonObject } from './walk.ts';
import type { JsonObject } from './walk.ts';

/** Finds what is wrong between keys that are right by themselves; the value may have faults of its own. */
export function crossCheck(config: unknown, findings: Findings): void {
  const { faults, warnings } = findings;
  if (!isJsonObject(config)) return;
  if (config['json_state_file_path'] === undefined) {
    const message = 'no "json_state_file_path": nothing is remembered, every start begins at "initial_position"';
    warnings.push(faultAt([], message));
  }
  warnings.push(...pointlessMatch([], config));
  checkReferences(config, findings);
  checkStatsd(config['statsd'], findings);
  const readers = isJsonObject(config['readers']) ? config['readers'] : {};
  for (const [name, reader] of Object.entries(readers)) {
    if (!isJsonObject(reader)) continue;
    faults.push(...conflicts(['readers', name], reader), ...lineTemplates(['readers', name], reader));
    warnings.push(...pointlessInReader(['readers', name], reader));
  }
  if (Object.values(readers).some(isEnabled)) return;
  warnings.push(faultAt(['readers'], 'no reader is enabled: nothing is shipped'));
}

/** The format `template` and what it is to look like need each other. */
function lineTemplates(path: readonly string[], reader: JsonObject): ConfigFault[] {
  const senders = isJsonObject(reader['senders']) ? Object.entries(reader['senders']) : [];
  return senders.flatMap(([name, sender]) => {
    if (!isJsonObject(sender) || !isEnabled(sender)) return [];
    const isTemplate = sender['format'] === 'template';
    const hasTemplate = sender['line_template'] !== undefined;
    if (isTemplate === hasTemplate) return [];
    const key = isTemplate ? 'format' : 'line_template';
    const message = isTemplate
      ? 'needs "line_template", which says what a line looks like'
      : 'needs "format": "template"';
    return [faultAt([...path, 'senders', name, key], message)];
  });
}

/** A pair of things that a reader cannot have together, because journalctl has no way to express it. */
interface Conflict {
  readonly a: string;
  readonly b: string;
  readonly remedy: string;
}

const CONFLICTS: readonly Conflict[] = [
  { a: 'journal_path', b: 'journal_files', remedy: 'give the directory or the files' },
  {
    a: 'journal_path',
    b: 'journal_namespace',
    remedy: 'a directory holds the journal of one namespace; give one of them',
  },
  { a: 'journal_files', b: 'journal_namespace', remedy: 'a file belongs to one namespace; give one of them' },
  { a: 'RUNTIME_ONLY', b: 'journal_path', remedy: 'let journal_path name the directory in /run/log/journal' },
  { a: 'RUNTIME_ONLY', b: 'journal_files', remedy: 'give the files without the flag' },
  { a: 'RUNTIME_ONLY', b: 'journal_namespace', remedy: 'let journal_path name its directory in /run/log/journal' },
  { a: 'LOCAL_ONLY', b: 'journal_path', remedy: 'the flag is for the journal of this machine' },
  { a: 'LOCAL_ONLY', b: 'journal_files', remedy: 'the flag is for the journal of this machine' },
  { a: 'SYSTEM', b: 'journal_files', remedy: 'give only the files to be read' },
  { a: 'CURRENT_USER', b: 'journal_files', remedy: 'give only the files to be read' },
  { a: 'OS_ROOT', b: 'journal_files', remedy: 'OS_ROOT needs journal_path, the root directory of the other system' },
  {
    a: 'OS_ROOT',
    b: 'journal_namespace',
    remedy: 'give the directory of the namespace as journal_path, without the flag',
  },
];

function conflicts(path: readonly string[], reader: JsonObject): ConfigFault[] {
  const flags: readonly string[] = journalFlagsOf(reader['journal_flags']);
  const has = (name: string): boolean => flags.includes(name) || reader[name] !== undefined;
  const faults = CONFLICTS.filter(({ a, b }) => has(a) && has(b)).map(({ a, b, remedy }) =>
    faultAt(path, `${quoted(a)} and ${quoted(b)} exclude each other: ${remedy}`),
  );
  const isOtherwiseWrong = has('journal_files') || has('journal_namespace');
  if (has('OS_ROOT') && !has('journal_path') && !isOtherwiseWrong) {
    faults.push(faultAt(path, '"OS_ROOT" needs "journal_path", the root directory of the other system'));
  }
  return faults;
}

function checkStatsd(statsd: unknown, { faults, warnings }: Findings): void {
  if (!isJsonObject(statsd)) return;
  const { host, port, path } = statsd;
  const isAddressed = host !== undefined || port !== undefined;
  if (path !== undefined && isAddressed) {
    faults.push(faultAt(['statsd'], '"path" and "host" or "port" exclude each other: give the socket or the server'));
  } else if (path === undefined && (host === undefined || port === undefined)) {
    warnings.push(faultAt(['statsd'], 'metrics are off: it takes "host" and "port", or "path"'));
  }
}

import { stat } from 'node:fs/promises';
import { excerptArguments } from '../../../journal/arguments.ts';
import type { JournalSelection } from '../../../journal/selection.ts';
import { readFileHeader } from '../../../journal/file-header.ts';
import { findJournalFiles, type JournalFiles } from '../../../journal/files.ts';
import { askJournalctl } from '../../../journal/journalctl.ts';
import type { Capabilities } from '../../../journal/probe.ts';
import { classifyComplaint } from '../../../journal/stderr.ts';
import { duration, size } from '../../quantities.ts';
import { fail, ok, warn, type Finding } from '../check.ts';
import { enabledReaders, type Facts } from '../facts.ts';

/** The journal of the machine, where no config says which one. */
export const DEFAULT_SELECTION: JournalSelection = { journal_flags: [], units_to_match: [] };

const LIMIT_MS = 8000;
const GROUP = 'run journalbridge as a user in the group systemd-journal (SupplementaryGroups=systemd-journal)';
const FEW = 3;

/** For each reader: which journal files there are, how far back they go, and which of them cannot be read. */
export async function readJournals(facts: Facts): Promise<Finding[]> {
  const found = await facts.journalctl();
  const machineId = typeof found === 'string' ? undefined : found.machineId;
  const readers = enabledReaders(facts.config);
  const selections = readers.length > 0 ? readers : [{ name: 'journal', part: DEFAULT_SELECTION }];
  const findings = selections.map(async ({ name, part }) => [
    ...(await lookAtFiles(name, await findJournalFiles(part, machineId), part.journal_files !== undefined)),
    ...(typeof found === 'string' ? [] : await hearComplaints(name, part, found)),
  ]);
  return (await Promise.all(findings)).flat();
}

async function lookAtFiles(name: string, files: JournalFiles | undefined, isNamed: boolean): Promise<Finding[]> {
  if (files === undefined) return [ok(name, 'only journalctl knows where its journal is')];
  const { paths, unreadable, missing, places } = files;
  const unread = unreadable.length === 0 ? [] : [fail(name, `may not be read: ${some(unreadable)}`, GROUP)];
  if (paths.length === 0) {
    const where = some(missing.length === places.length ? missing : places);
    const remedy = isNamed
      ? 'mend `journal_files`; a user who may not look sees none either'
      : 'set Storage=persistent in journald.conf, or mend `journal_path`; a user who may not look sees none either';
    return [fail(name, `there are no journal files in ${where}`, remedy)];
  }
  const readable = paths.filter((path) => !unreadable.includes(path));
  const gone = missing.length === 0 || missing.length === places.length ? [] : [...missing];
  const lost = isNamed && gone.length > 0 ? [fail(name, `not there: ${some(gone)}`, 'mend `journal_files`')] : [];
  return [...(readable.length === 0 ? [] : await summarise(name, readable)), ...unread, ...lost];
}

async function summarise(name: string, paths: readonly string[]): Promise<Finding[]> {
  const [headers, sizes] = await Promise.all([Promise.all(paths.map(readFileHeader)), Promise.all(paths.map(sizeOf))]);
  const heads = headers.flatMap((header) => (header === undefined || header.headUs === 0 ? [] : [header.headUs]));
  const bytes = sizes.reduce((sum, each) => sum + each, 0);
  const back = heads.length === 0 ? 'no entry yet' : `back to ${timeOf(Math.min(...heads))}`;
  const bad = paths.filter((_, i) => headers[i]?.isComplete !== true);
  return [
    ok(name, `${paths.length} readable ${paths.length === 1 ? 'file' : 'files'}, ${size(bytes)}, ${back}`),
    ...(bad.length === 0 ? [] : [warn(name, `damaged or no journal: ${some(bad)}`, 'journalctl --verify tells more')]),
  ];
}

/** Files that journalctl leaves out, by what it says when it is asked for one entry. */
async function hearComplaints(
  name: string,
  selection: JournalSelection,
  { path, machineId }: Capabilities,
): Promise<Finding[]> {
  const args = await excerptArguments(selection, machineId, { lines: 1, place: [] });
  const { stderr } = await askJournalctl(path, args, LIMIT_MS);
  const lines = stderr.split('\n').map((line) => ({ line, ...classifyComplaint(line) }));
  const skipped = lines.filter(({ complaint }) => complaint === 'file-skipped');
  return skipped.slice(0, FEW).map(({ line, remedy }) => fail(name, line.replace(/\.$/, ''), remedy));
}

/** `2026-11-21T09:18:00Z, 3 d 2 h ago` */
function timeOf(us: number): string {
  const date = new Date(us / 1000);
  if (Number.isNaN(date.getTime())) return 'a time that cannot be';
  return `${date.toISOString().replace(/\.\d+/, '')}, ${duration((Date.now() - us / 1000) / 1000)} ago`;
}

function some(paths: readonly string[]): string {
  const rest = paths.length - FEW;
  return paths.slice(0, FEW).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0, // vacuumed meanwhile
  );
}

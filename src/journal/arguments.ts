import { compileGlob } from '../glob.ts';
import { filesToOpen, type JournalFiles } from './files.ts';
import { lossMatches } from './losses.ts';
import { journalDirectory, type JournalSelection } from './selection.ts';

/** Where reading begins. `cursor`: with that very entry; `since`: with the first one at or after a time. */
export type Start =
  | { readonly kind: 'head' }
  | { readonly kind: 'since'; readonly realtimeUs: number }
  | { readonly kind: 'cursor'; readonly cursor: string };

export interface RunOptions {
  readonly start: Start;
  /** Go on with new entries when the old ones are read. */
  readonly follow: boolean;
  /** `--follow` means "this boot only" unless `--merge` lifts it (systemd#21711); systemd 251 to 253 may refuse the pair. */
  readonly merge: boolean;
  /** This machine's id, for the match that undoes `--merge` where it would read other machines' journals. */
  readonly machineId: string | undefined;
  /** What has just been found of the selection's files; otherwise they are looked for. */
  readonly files?: JournalFiles | undefined;
}

/** The arguments of journalctl for one run: export format, exact place, no pager, no line limit. */
export async function journalctlArguments(selection: JournalSelection, run: RunOptions): Promise<string[]> {
  return [
    '--output=export',
    '--no-pager',
    ...(run.follow ? ['--follow', '--no-tail'] : []),
    ...(run.follow && run.merge ? ['--merge'] : []),
    ...(await sourceArguments(selection, run)),
    ...(selection.outputFields === undefined ? [] : [`--output-fields=${selection.outputFields.join(',')}`]),
    ...startArguments(run.start),
    ...untilArguments(selection, run),
    ...matches(selection, run),
  ];
}

/** The arguments of journalctl that give one entry: the one at a cursor or, without matches, whatever is there. */
export function probeArguments(
  selection: JournalSelection,
  machineId: string | undefined,
  place: readonly string[],
): Promise<string[]> {
  return excerptArguments(selection, machineId, { lines: 1, place });
}

/** The arguments of journalctl that give entries of the source, whether the reader selects them or not. */
export async function excerptArguments(
  selection: JournalSelection,
  machineId: string | undefined,
  { lines, place }: { readonly lines?: number; readonly place: readonly string[] },
): Promise<string[]> {
  const source = await sourceArguments(selection, { machineId });
  return ['--output=export', '--no-pager', ...(lines === undefined ? [] : [`--lines=${lines}`]), ...source, ...place];
}

async function sourceArguments(
  selection: JournalSelection,
  { machineId, files }: Pick<RunOptions, 'machineId' | 'files'>,
): Promise<string[]> {
  const { journal_path, journal_flags, journal_namespace } = selection;
  const directory = journalDirectory(selection, machineId);
  return [
    ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ...(journal_flags.includes('OS_ROOT') && journal_path !== undefined ? [`--root=${journal_path}`] : []),
    ...(await filesToOpen(selection, files)).map((file) => `--file=${file}`),
    ...(journal_namespace === undefined || directory !== undefined ? [] : [`--namespace=${journal_namespace}`]),
    ...(journal_flags.includes('SYSTEM') ? ['--system'] : []),
    ...(journal_flags.includes('CURRENT_USER') ? ['--user'] : []),
  ];
}

// `--cursor`, not `--after-cursor`: the latter silently loses an entry when the one at the cursor is gone (systemd#30288).
function startArguments(start: Start): string[] {
  if (start.kind === 'cursor') return [`--cursor=${start.cursor}`];
  if (start.kind === 'head') return [];
  const seconds = Math.floor(start.realtimeUs / 1e6);
  const us = String(start.realtimeUs % 1e6).padStart(6, '0');
  return [`--since=@${seconds}.${us}`];
}

/** journalctl ends at the first entry that is later; where a clock was set back, earlier ones may come behind it. */
const UNTIL_SLACK_SECONDS = 86_400;

function untilArguments({ untilUs }: JournalSelection, { follow }: RunOptions): string[] {
  if (untilUs === undefined || follow) return [];
  return [`--until=@${Math.ceil(untilUs / 1e6) + UNTIL_SLACK_SECONDS}`];
}

// Plain matches, not `--unit`: that one matches more fields and resolves globs once, at its start. Entries must have one
// of the values of each field that is named.
function matches(selection: JournalSelection, run: RunOptions): string[] {
  const units = unitMatches(selection);
  const machine = machineMatches(selection, run);
  const own = [...units, ...priorityMatches(selection), ...machine];
  const losses = units[0] === NOTHING ? [] : lossMatches(selection);
  return losses.length === 0 ? own : [...own, '+', ...losses, ...machine];
}

/** A field that no entry has and that no client of journald may set. */
const NOTHING = '_JOURNALBRIDGE_NOTHING=1';

function unitMatches({ units_to_match, units_to_exclude = [] }: JournalSelection): string[] {
  const excluded = units_to_exclude.map(compileGlob);
  const units = units_to_match.filter((unit) => !excluded.some((isExcluded) => isExcluded(unit)));
  if (units_to_match.length > 0 && units.length === 0) return [NOTHING];
  return units.map((unit) => `_SYSTEMD_UNIT=${unit}`);
}

// What `--priority` does; that option also checks a text that we have checked before.
function priorityMatches({ min_priority }: JournalSelection): string[] {
  return min_priority === undefined ? [] : Array.from({ length: min_priority + 1 }, (_, n) => `PRIORITY=${n}`);
}

function machineMatches(selection: JournalSelection, { follow, merge, machineId }: RunOptions): string[] {
  const isDefaultPlace =
    selection.journal_path === undefined &&
    selection.journal_files === undefined &&
    journalDirectory(selection, machineId) === undefined;
  return follow && merge && isDefaultPlace && machineId !== undefined ? [`_MACHINE_ID=${machineId}`] : [];
}

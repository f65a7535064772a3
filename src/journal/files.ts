import { constants, type Dirent } from 'node:fs';
import { access, glob, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { readFileHeader } from './file-header.ts';
import { journalDirectory, type JournalSelection } from './selection.ts';

/** Which journal files there are for a selection, by looking at the directories as libsystemd does. */
export interface JournalFiles {
  /** Files there are, readable or not. */
  readonly paths: readonly string[];
  readonly unreadable: readonly string[];
  /** Of files that are named one by one: those that are cut off or no journals. */
  readonly broken: readonly string[];
  /** The places that do not exist. */
  readonly missing: readonly string[];
  /** The places that were looked at, for messages. */
  readonly places: readonly string[];
}

/** Looks for the journal files of a selection; undefined where only journalctl knows the place. */
export async function findJournalFiles(
  selection: JournalSelection,
  machineId: string | undefined,
): Promise<JournalFiles | undefined> {
  const places = selection.journal_files ?? journalDirectories(selection, machineId);
  if (places === undefined) return undefined;
  const isFiles = selection.journal_files !== undefined;
  const found = await Promise.all(places.map(async (place) => (isFiles ? named(place) : listWithMachines(place))));
  const files = [...new Set(found.flatMap((list) => list ?? []))];
  const readable = await Promise.all(files.map(isReadable));
  const whole = isFiles ? await Promise.all(files.map(isWholeJournal)) : [];
  return {
    paths: files,
    unreadable: files.filter((_, i) => readable[i] === false),
    broken: files.filter((_, i) => readable[i] === true && whole[i] === false),
    missing: places.filter((_, i) => found[i] === undefined),
    places,
  };
}

/**
 * The files that journalctl is to be told to open: of `journal_files` those that it can open at this moment, as it reads
 * none of them when it cannot open one. If there are none they are left as they are, for journalctl to say why. `found`:
 * by someone who has just looked.
 */
export async function filesToOpen(selection: JournalSelection, found?: JournalFiles): Promise<readonly string[]> {
  if (selection.journal_files === undefined) return [];
  const usable = usableOf(found ?? (await findJournalFiles(selection, undefined)));
  return usable.length === 0 ? selection.journal_files : usable.map(escapeGlob);
}

/** The files that journalctl can open; none where only journalctl knows the place. */
export function usableOf(files: JournalFiles | undefined): string[] {
  if (files === undefined) return [];
  const { paths, unreadable, broken } = files;
  return paths.filter((path) => !unreadable.includes(path) && !broken.includes(path));
}

// journalctl takes the argument of --file for a glob.
function escapeGlob(path: string): string {
  return path.replace(/[\\*?[]/g, '\\$&');
}

function journalDirectories(selection: JournalSelection, machineId: string | undefined): string[] | undefined {
  const directory = journalDirectory(selection, machineId);
  if (directory !== undefined) return [directory];
  const { journal_namespace: namespace } = selection;
  const isPlain = namespace === undefined || /^[^*+]/.test(namespace);
  if (machineId === undefined || !isPlain || selection.journal_flags.includes('OS_ROOT')) return undefined;
  const name = namespace === undefined ? machineId : `${machineId}.${namespace}`;
  return [`/var/log/journal/${name}`, `/run/log/journal/${name}`];
}

/** The journals of a directory and of the machines in it, which may be links; not deeper, as libsystemd. */
async function listWithMachines(directory: string): Promise<string[] | undefined> {
  const own = await listJournals(directory);
  if (own === undefined) return undefined;
  const nested = await Promise.all(own.machines.map((machine) => listJournals(machine)));
  return [...own.journals, ...nested.flatMap((list) => list?.journals ?? [])];
}

async function listJournals(directory: string): Promise<{ journals: string[]; machines: string[] } | undefined> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCodeOf(error) === 'EACCES') return 'unreadable';
    return undefined;
  });
  if (entries === 'unreadable') return { journals: [directory], machines: [] };
  if (entries === undefined) return undefined;
  const isMachine = (entry: Dirent): boolean =>
    (entry.isDirectory() || entry.isSymbolicLink()) && /^[0-9a-f]{32}(\..*)?$/.test(entry.name);
  const paths = (list: Dirent[]): string[] => list.map(({ name }) => join(directory, name));
  return {
    journals: paths(entries.filter(({ name }) => /\.journal~?$/.test(name))),
    machines: paths(entries.filter(isMachine)),
  };
}

/** The file of this name or, if there is none, those that match it as a glob. */
async function named(path: string): Promise<string[] | undefined> {
  const isThere = await access(path).then(
    () => true,
    (error: unknown) => systemCodeOf(error) === 'EACCES',
  );
  if (isThere) return [path];
  const matching: string[] = [];
  if (/[*?[]/.test(path)) for await (const match of glob(path)) matching.push(match);
  return matching.length === 0 ? undefined : matching.sort();
}

async function isWholeJournal(path: string): Promise<boolean> {
  return (await readFileHeader(path))?.isComplete ?? false;
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    (error: unknown) => systemCodeOf(error) !== 'EACCES',
  );
}

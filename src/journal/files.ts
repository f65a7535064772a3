import { constants, type Dirent } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { journalDirectory } from './arguments.ts';
import type { JournalSelection } from './selection.ts';

/** Which journal files there are for a selection, by looking at the directories as libsystemd does. */
export interface JournalFiles {
  /** Files there are, readable or not. */
  readonly paths: readonly string[];
  readonly unreadable: readonly string[];
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
  const found = await Promise.all(places.map(async (place) => (isFiles ? existing(place) : listWithMachines(place))));
  const files = found.flatMap((list) => list ?? []);
  const readable = await Promise.all(files.map(isReadable));
  return {
    paths: files,
    unreadable: files.filter((_, i) => readable[i] === false),
    missing: places.filter((_, i) => found[i] === undefined),
    places,
  };
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

async function existing(path: string): Promise<string[] | undefined> {
  return access(path).then(
    () => [path],
    (error: unknown) => (systemCodeOf(error) === 'EACCES' ? [path] : undefined),
  );
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    (error: unknown) => systemCodeOf(error) !== 'EACCES',
  );
}

/** Which journal is read and which of its entries; the part of a reader's config that journalctl is told. */
export interface JournalSelection {
  readonly journal_path?: string | undefined;
  readonly journal_files?: readonly string[] | undefined;
  readonly journal_flags: readonly ('LOCAL_ONLY' | 'RUNTIME_ONLY' | 'SYSTEM' | 'CURRENT_USER' | 'OS_ROOT')[];
  readonly journal_namespace?: string | undefined;
  readonly units_to_match: readonly string[];
  /** Globs; journalctl is told only as far as they thin out `units_to_match`, the rest is for `createUnitExclusion`. */
  readonly units_to_exclude?: readonly string[] | undefined;
  /** Only entries of priority 0 up to this one. */
  readonly min_priority?: number | undefined;
  /** Nothing is read that is much later than this time, in µs since 1970; only where reading does not follow. */
  readonly untilUs?: number | undefined;
  /** The only fields that journalctl need tell, as `neededFields` gives them; undefined: all. */
  readonly outputFields?: readonly string[] | undefined;
}

/** The directory that is read when the reader names one, by `journal_path` or by a flag. */
export function journalDirectory(selection: JournalSelection, machineId: string | undefined): string | undefined {
  const { journal_path, journal_flags, journal_namespace } = selection;
  if (journal_flags.includes('OS_ROOT')) return undefined;
  if (journal_path !== undefined) return journal_path;
  if (!journal_flags.includes('RUNTIME_ONLY') || machineId === undefined) return undefined;
  const suffix = journal_namespace === undefined ? '' : `.${journal_namespace}`;
  return `/run/log/journal/${machineId}${suffix}`;
}

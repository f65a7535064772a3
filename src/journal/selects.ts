import { compileGlob } from '../glob.ts';
import type { JournalSelection } from './selection.ts';
import type { Block } from './block.ts';
import { NAME } from './field-names.ts';
import { LOSS_MESSAGE_IDS, lossMatches, type Loss } from './losses.ts';
import { rememberPerUnit } from './units.ts';

/** Says something of entry i. */
export type EntryTest = (block: Block, i: number) => boolean;

type Selection = Pick<JournalSelection, 'units_to_match' | 'units_to_exclude' | 'min_priority'>;

/** Whether entry i is of a unit (`_SYSTEMD_UNIT`) that one of the globs matches; undefined when there are no globs. */
export function createUnitExclusion(globs: readonly string[] = []): EntryTest | undefined {
  if (globs.length === 0) return undefined;
  const globOf = createExcludingGlob(globs);
  return (block, i) => globOf(block, i) >= 0;
}

/** Which of the globs excludes entry i, by its index; -1: none does. */
export function createExcludingGlob(globs: readonly string[]): (block: Block, i: number) => number {
  const compiled = globs.map(compileGlob);
  const globOf = rememberPerUnit((unit) => {
    const text = unit.toString('utf8');
    return compiled.findIndex((matches) => matches(text));
  }, -1);
  return (block, i) =>
    firstIndex(block, i, NAME.SYSTEMD_UNIT, (f) => globOf(block.bytes, block.start[f]!, block.end[f]!));
}

/** Whether entry i is of one of the units (`_SYSTEMD_UNIT`); undefined when there are none, which selects all. */
export function createUnitSelection(units: readonly string[]): EntryTest | undefined {
  if (units.length === 0) return undefined;
  const wanted = new Set(units.map((unit) => Buffer.from(unit).toString('latin1')));
  return (block, i) => someValue(block, i, NAME.SYSTEMD_UNIT, (unit) => wanted.has(unit));
}

/** Whether entry i has a priority from 0 to this one; undefined selects all. */
export function createPrioritySelection(minPriority: number | undefined): EntryTest | undefined {
  if (minPriority === undefined) return undefined;
  const wanted = new Set(Array.from({ length: minPriority + 1 }, (_, n) => String(n)));
  return (block, i) => someValue(block, i, NAME.PRIORITY, (value) => wanted.has(value));
}

/**
 * Whether a reader selects entry i by unit and priority: what `journalctlArguments` and `createUnitExclusion` come to
 * together, for entries that come from elsewhere, with all their fields.
 */
export function createSelects({ units_to_match, units_to_exclude, min_priority }: Selection): EntryTest {
  const isExcluded = createUnitExclusion(units_to_exclude);
  const isOfUnits = createUnitSelection(units_to_match);
  const isImportant = createPrioritySelection(min_priority);
  return (block, i) =>
    isOfUnits?.(block, i) !== false && isImportant?.(block, i) !== false && isExcluded?.(block, i) !== true;
}

/** Whether a loss that journald tells of may have taken entries of this selection. */
export function createLossSelection({ units_to_match, units_to_exclude = [] }: Selection): (loss: Loss) => boolean {
  const excluded = units_to_exclude.map(compileGlob);
  return ({ unit }) => {
    if (unit === undefined) return units_to_match.length === 0;
    const isWanted = units_to_match.length === 0 || units_to_match.includes(unit);
    return isWanted && !excluded.some((isExcluded) => isExcluded(unit));
  };
}

/**
 * Whether entry i comes only because journald tells of losses in it (`lossMatches`) and the reader does not select it;
 * undefined where none comes so.
 */
export function createLossExclusion(selection: Selection): EntryTest | undefined {
  if (lossMatches(selection).length === 0) return undefined;
  const selects = createSelects({ ...selection, units_to_exclude: [] });
  const ids = new Set<string>(Object.values(LOSS_MESSAGE_IDS));
  return (block, i) => someValue(block, i, NAME.MESSAGE_ID, (id) => ids.has(id)) && !selects(block, i);
}

/** As in journalctl's matches, any value of a repeated field will do. */
function someValue(block: Block, i: number, nameId: number, test: (value: string) => boolean): boolean {
  return firstIndex(block, i, nameId, (f) => (test(block.text(f)) ? 0 : -1)) >= 0;
}

/** The first index that is found for a field of this name; -1 if none is. */
function firstIndex(block: Block, i: number, nameId: number, indexOf: (f: number) => number): number {
  const end = block.firstField[i + 1]!;
  for (let f = block.firstField[i]!; f < end; f++) {
    const index = block.name[f] === nameId ? indexOf(f) : -1;
    if (index >= 0) return index;
  }
  return -1;
}

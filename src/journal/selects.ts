import { compileGlob } from '../glob.ts';
import type { JournalSelection } from './arguments.ts';
import type { Block } from './block.ts';
import { NAME } from './field-names.ts';
import { rememberPerUnit } from './units.ts';

/** Says something of entry i. */
export type EntryTest = (block: Block, i: number) => boolean;

type Selection = Pick<JournalSelection, 'units_to_match' | 'units_to_exclude' | 'min_priority'>;

/** Whether entry i is of a unit (`_SYSTEMD_UNIT`) that one of the globs matches; undefined when there are no globs. */
export function createUnitExclusion(globs: readonly string[] = []): EntryTest | undefined {
  if (globs.length === 0) return undefined;
  const compiled = globs.map(compileGlob);
  const isExcluded = rememberPerUnit((unit) => {
    const text = unit.toString('utf8');
    return compiled.some((matches) => matches(text));
  }, false);
  return (block, i) => someValue(block, i, NAME.SYSTEMD_UNIT, isExcluded);
}

/**
 * Whether a reader selects entry i by unit and priority: what `journalctlArguments` and `createUnitExclusion` come to
 * together, for entries that come from elsewhere, with all their fields.
 */
export function createSelects({ units_to_match, units_to_exclude, min_priority }: Selection): EntryTest {
  const isExcluded = createUnitExclusion(units_to_exclude);
  const units = new Set(units_to_match.map((unit) => Buffer.from(unit).toString('latin1')));
  const priorities = new Set(Array.from({ length: (min_priority ?? -1) + 1 }, (_, n) => String(n)));
  return (block, i) => {
    if (units.size > 0 && !someValue(block, i, NAME.SYSTEMD_UNIT, (unit) => units.has(unit))) return false;
    if (priorities.size > 0 && !someValue(block, i, NAME.PRIORITY, (value) => priorities.has(value))) return false;
    return isExcluded?.(block, i) !== true;
  };
}

/** As in journalctl's matches, any value of a repeated field will do. */
function someValue(block: Block, i: number, nameId: number, test: (value: string) => boolean): boolean {
  const end = block.firstField[i + 1]!;
  for (let f = block.firstField[i]!; f < end; f++) {
    if (block.name[f] === nameId && test(block.text(f))) return true;
  }
  return false;
}

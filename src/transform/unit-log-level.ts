import { isUtf8 } from 'node:buffer';
import { compileGlob } from '../glob.ts';
import type { Block } from '../journal/block.ts';
import { NAME } from '../journal/field-names.ts';
import { rememberPerUnit } from '../journal/units.ts';
import { pythonInt, pythonRepr } from './python.ts';

/** Entries of units that the glob matches pass with this priority (0 to 7) or a more important one. */
export interface UnitLogLevelRule {
  readonly service_glob: string;
  readonly log_level: number;
}

/** Whether entry i is important enough for its unit. */
export type UnitLogLevel = (block: Block, i: number) => boolean;

const ZERO = 0x30;
const NINE = 0x39;

/**
 * Decides by the unit (key `SYSTEMD_UNIT`) and the priority (key `PRIORITY`, as the `journalpump` format converts it) that
 * the entry has once the sender's extra fields are in it. Of all rules whose glob matches, the `first` or the `strictest`
 * counts. An entry passes when no glob matches, when unit or priority is missing, there several times or nothing that can
 * be compared, and always with priority 0.
 */
export function createUnitLogLevel(
  rules: readonly UnitLogLevelRule[],
  rule: 'first' | 'strictest',
  extraFields: Readonly<Record<string, unknown>> = {},
): UnitLogLevel {
  const levelOf = createLevels(rules, rule);
  const unit = extraUnit(extraFields);
  const priority = extraPriority(extraFields);
  if (rules.length === 0) return () => true;
  return (block, i) => {
    const level = levelOf(unit ?? unitOf(block, i));
    return level === Infinity || (priority ?? priorityOf(block, i)) <= level;
  };
}

/** The level for each unit; Infinity when no rule is for it. Units come as text of one character a byte. */
function createLevels(rules: readonly UnitLogLevelRule[], rule: 'first' | 'strictest'): (unit: string) => number {
  const globs = rules.map(({ service_glob, log_level }) => ({ matches: compileGlob(service_glob), level: log_level }));
  return rememberPerUnit((unit) => {
    if (unit.length === 0) return Infinity;
    const text = isUtf8(unit) ? unit.toString('utf8') : pythonRepr(unit);
    const levels = globs.filter(({ matches }) => matches(text)).map(({ level }) => level);
    return (rule === 'first' ? levels[0] : Math.min(...levels)) ?? Infinity;
  }, Infinity);
}

/** The unit that an extra field makes of every entry; '' when it is none, undefined when there is no such field. */
function extraUnit({ SYSTEMD_UNIT: unit }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof unit === 'string') return Buffer.from(unit).toString('latin1');
  return unit === undefined ? undefined : '';
}

function extraPriority({ PRIORITY: priority }: Readonly<Record<string, unknown>>): number | undefined {
  if (typeof priority === 'string') return numberOf(priority);
  if (typeof priority === 'number') return priority;
  return priority === undefined ? undefined : 0;
}

function unitOf(block: Block, i: number): string {
  const f = soleField(block, i, NAME.SYSTEMD_UNIT);
  return f < 0 ? '' : block.text(f);
}

function priorityOf(block: Block, i: number): number {
  const f = soleField(block, i, NAME.PRIORITY);
  if (f < 0) return 0;
  const start = block.start[f]!;
  const digit = block.bytes[start]!;
  if (block.end[f] === start + 1 && digit >= ZERO && digit <= NINE) return digit - ZERO;
  return numberOf(block.text(f));
}

/** The number that Python makes of the text; 0, which always passes, when it makes none. */
function numberOf(text: string): number {
  return Number(pythonInt(text) ?? 0);
}

/** The one field that gives the key of this name its value, the most trusted; -1 when there is none or several. */
function soleField(block: Block, i: number, nameId: number): number {
  const { names, name } = block;
  const key = names.keyOf[nameId];
  const end = block.firstField[i + 1]!;
  let found = -1;
  let isRepeated = false;
  for (let f = block.firstField[i]!; f < end; f++) {
    if (names.keyOf[name[f]!] !== key) continue;
    if (found >= 0 && name[f] === name[found]) isRepeated = true;
    else if (found < 0 || names.trust(name[f]!) > names.trust(name[found]!)) [found, isRepeated] = [f, false];
  }
  return isRepeated ? -1 : found;
}

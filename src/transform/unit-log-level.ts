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

/** What an entry was judged by. */
export interface UnitLogLevelReasons {
  readonly passes: boolean;
  /** The index of the rule that counts for its unit; -1: there is none. */
  readonly rule: number;
  /** Undefined when it has none, several or one that is no number; the entry passes then. */
  readonly priority: number | undefined;
}

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
  const { ruleOf, priorityOf } = createLookUps(rules, rule, extraFields);
  if (rules.length === 0) return () => true;
  return (block, i) => {
    const counts = rules[ruleOf(block, i)];
    return counts === undefined || isImportantEnough(priorityOf(block, i), counts);
  };
}

/** Says how `createUnitLogLevel` comes to its decision. */
export function explainUnitLogLevel(
  rules: readonly UnitLogLevelRule[],
  rule: 'first' | 'strictest',
  extraFields: Readonly<Record<string, unknown>> = {},
): (block: Block, i: number) => UnitLogLevelReasons {
  const { ruleOf, priorityOf } = createLookUps(rules, rule, extraFields);
  return (block, i) => {
    const index = ruleOf(block, i);
    const counts = rules[index];
    const priority = priorityOf(block, i);
    return { rule: index, priority, passes: counts === undefined || isImportantEnough(priority, counts) };
  };
}

function isImportantEnough(priority: number | undefined, { log_level }: UnitLogLevelRule): boolean {
  return priority === undefined || priority <= log_level;
}

/** What both ways look up: the rule for an entry, and its priority. */
function createLookUps(
  rules: readonly UnitLogLevelRule[],
  rule: 'first' | 'strictest',
  extraFields: Readonly<Record<string, unknown>>,
) {
  const ruleOfUnit = createRuleOf(rules, rule);
  const unit = extraUnit(extraFields);
  const fixedRule = unit === undefined ? undefined : ruleOfUnit(unit, 0, unit.length);
  const isReplaced = Object.hasOwn(extraFields, 'PRIORITY');
  const priority = numericPriority(extraFields['PRIORITY']);
  return {
    ruleOf: (block: Block, i: number): number => {
      if (fixedRule !== undefined) return fixedRule;
      const f = soleField(block, i, NAME.SYSTEMD_UNIT);
      return f < 0 ? -1 : ruleOfUnit(block.bytes, block.start[f]!, block.end[f]!);
    },
    priorityOf: (block: Block, i: number): number | undefined => (isReplaced ? priority : fieldPriority(block, i)),
  };
}

/** The index of the rule that counts for each unit; -1 when none is for it. */
function createRuleOf(
  rules: readonly UnitLogLevelRule[],
  rule: 'first' | 'strictest',
): (bytes: Buffer, start: number, end: number) => number {
  const globs = rules.map(({ service_glob }) => compileGlob(service_glob));
  return rememberPerUnit((unit) => {
    if (unit.length === 0) return -1;
    const text = isUtf8(unit) ? unit.toString('utf8') : pythonRepr(unit);
    const matching = rules.filter((_, n) => globs[n]!(text));
    const strictest = Math.min(...matching.map(({ log_level }) => log_level));
    const counts = rule === 'first' ? matching[0] : matching.find(({ log_level }) => log_level === strictest);
    return counts === undefined ? -1 : rules.indexOf(counts);
  }, -1);
}

/** The unit that an extra field makes of every entry; empty when it is none, undefined when there is no such field. */
function extraUnit({ SYSTEMD_UNIT: unit }: Readonly<Record<string, unknown>>): Buffer | undefined {
  return unit === undefined ? undefined : Buffer.from(typeof unit === 'string' ? unit : '');
}

function numericPriority(priority: unknown): number | undefined {
  if (typeof priority === 'string') return numberOf(priority);
  return typeof priority === 'number' ? priority : undefined;
}

function fieldPriority(block: Block, i: number): number | undefined {
  const f = soleField(block, i, NAME.PRIORITY);
  if (f < 0) return undefined;
  const start = block.start[f]!;
  const digit = block.bytes[start]!;
  if (block.end[f] === start + 1 && digit >= ZERO && digit <= NINE) return digit - ZERO;
  return numberOf(block.text(f));
}

/** The number that Python makes of the text. */
function numberOf(text: string): number | undefined {
  const digits = pythonInt(text);
  return digits === undefined ? undefined : Number(digits);
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

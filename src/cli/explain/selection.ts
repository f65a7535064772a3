import type { Config, ReaderConfig } from '../../config/schema.ts';
import type { Block } from '../../journal/block.ts';
import { createOwnLogGuard } from '../../journal/own-log.ts';
import { createExcludingGlob, createPrioritySelection, createUnitSelection } from '../../journal/selects.ts';
import { createMatch, matchedValue } from '../../transform/match.ts';
import type { Take } from './trace.ts';
import type { ReaderStep } from './explained.ts';

/** The unit that the daemon is taken to run as: which process it is cannot be known beforehand. */
const OWN_UNIT = 'journalbridge.service';

/** The steps that journalctl does for the daemon. */
export function selectionSteps({ units_to_match, min_priority }: ReaderConfig): Take[] {
  const isOfUnits = createUnitSelection(units_to_match);
  const isImportant = createPrioritySelection(min_priority);
  const steps: Take[] = [];
  if (isOfUnits !== undefined) steps.push(taking(isOfUnits, (passes) => ({ step: 'units_to_match', passes })));
  if (isImportant !== undefined && min_priority !== undefined) {
    steps.push(taking(isImportant, (passes) => ({ step: 'min_priority', passes, min_priority })));
  }
  return steps;
}

/** The guard against the daemon's own lines, which is silent about all others; undefined when they are shipped. */
export function ownLogStep({ ship_own_logs }: ReaderConfig): Take | undefined {
  if (ship_own_logs) return undefined;
  const isOwn = createOwnLogGuard({ pid: -1, bootId: undefined, startedUs: Infinity, unit: OWN_UNIT });
  return (block, i) => {
    const passes = !isOwn(block, i);
    return { passes, tell: () => (passes ? undefined : { step: 'ship_own_logs', passes, own_unit: OWN_UNIT }) };
  };
}

/** The units that are left out; undefined when there are none. */
export function exclusionStep({ units_to_exclude: globs }: ReaderConfig): Take | undefined {
  if (globs.length === 0) return undefined;
  const globOf = createExcludingGlob(globs);
  return (block, i) => {
    const glob = globs[globOf(block, i)] ?? null;
    const passes = glob === null;
    return { passes, tell: () => ({ step: 'units_to_exclude', passes, glob }) };
  };
}

/** The `match_key` of the top level and that of the reader, as far as they are set. */
export function matchSteps(config: Config, reader: ReaderConfig): Take[] {
  return [matchStep('config', config), matchStep('reader', reader)].filter((step) => step !== undefined);
}

function matchStep(of: 'config' | 'reader', { match_key: key, match_value }: Config | ReaderConfig): Take | undefined {
  if (key === undefined || key === '') return undefined;
  const matches = createMatch(key, match_value);
  const wanted = match_value ?? null;
  return (block, i) => {
    const passes = matches(block, i);
    return { passes, tell: () => ({ step: 'match_key', passes, of, key, wanted, found: matchedValue(block, i, key) }) };
  };
}

function taking(test: (block: Block, i: number) => boolean, tell: (passes: boolean) => ReaderStep): Take {
  return (block, i) => {
    const passes = test(block, i);
    return { passes, tell: () => tell(passes) };
  };
}

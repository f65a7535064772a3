import type { JournalSelection } from '../journal/selection.ts';
import type { Block } from '../journal/block.ts';
import { MAX_FIELD_NAMES, type FieldNames } from '../journal/field-names.ts';
import { createPrioritySelection, createUnitExclusion } from '../journal/selects.ts';
import type { Narrowing } from '../senders/host.ts';
import type { Level } from './dealer.ts';
import type { Test } from './sieve.ts';

/** The test of a narrowing together with a sender's own level; undefined when neither drops anything. */
export function createNarrowing(narrowing: Narrowing, level: Level | undefined): Level | undefined {
  const tests = [level?.passes, ...testsOf(narrowing)].filter((test) => test !== undefined);
  if (tests.length === 0) return undefined;
  return {
    key: JSON.stringify([level?.key, narrowing]),
    passes: (block, i) => tests.every((test) => test(block, i)),
  };
}

/** What journalctl is told of a narrowing beside the reader's selection: it then skips what nobody wants. */
export function narrowed(selection: JournalSelection, narrowing: Narrowing): JournalSelection {
  const { units = [], minPriority, untilUs } = narrowing;
  const { units_to_match: own, min_priority: ownPriority } = selection;
  const isPlain = units.length > 0 && !units.some((unit) => /[*?[\\]/.test(unit));
  const wanted = own.length === 0 ? units : units.filter((unit) => own.includes(unit));
  const priority = Math.min(minPriority ?? Infinity, ownPriority ?? Infinity);
  return {
    ...selection,
    units_to_match: isPlain && wanted.length > 0 ? wanted : own,
    min_priority: Number.isFinite(priority) ? priority : undefined,
    untilUs,
  };
}

function testsOf({
  units,
  identifiers,
  minPriority,
  matches,
  bootId,
  sinceUs,
  untilUs,
}: Narrowing): (Test | undefined)[] {
  const fields = new Map<string, string[]>();
  for (const { field, value } of matches ?? []) fields.set(field, [...(fields.get(field) ?? []), value]);
  if (bootId !== undefined) fields.set('_BOOT_ID', [bootId]);
  return [
    timeTest(sinceUs, untilUs),
    createUnitExclusion(units),
    createPrioritySelection(minPriority),
    identifiers === undefined ? undefined : fieldTest('SYSLOG_IDENTIFIER', identifiers),
    ...[...fields].map(([field, values]) => fieldTest(field, values)),
  ];
}

function timeTest(sinceUs = 0, untilUs = Infinity): Test | undefined {
  if (sinceUs === 0 && untilUs === Infinity) return undefined;
  return (block, i) => {
    const us = block.realtimeUs(i);
    return us >= sinceUs && us <= untilUs;
  };
}

const UNKNOWN = 0;
const WANTED = 1;
const OTHER = 2;

/** Whether some value of the field is one of these; as in journalctl's matches, any value of a repeated field will do. */
function fieldTest(field: string, values: readonly string[]): Test {
  const wanted = new Set(values.map((value) => Buffer.from(value).toString('latin1')));
  const longest = Math.max(0, ...[...wanted].map(({ length }) => length));
  const kinds = new Uint8Array(MAX_FIELD_NAMES);
  let names: FieldNames | undefined;
  return (block: Block, i: number) => {
    if (block.names !== names) {
      names = block.names;
      kinds.fill(UNKNOWN);
    }
    for (let f = block.firstField[i]!; f < block.firstField[i + 1]!; f++) {
      const id = block.name[f]!;
      if (kinds[id] === UNKNOWN) kinds[id] = names.text(id) === field ? WANTED : OTHER;
      if (kinds[id] !== WANTED || block.end[f]! - block.start[f]! > longest) continue;
      if (wanted.has(block.text(f))) return true;
    }
    return false;
  };
}

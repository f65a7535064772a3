import type { JournalSelection } from './selection.ts';
import type { Block } from './block.ts';
import { NAME } from './field-names.ts';

/** Entries that never got into the journal, as journald itself says in an entry. */
export interface Loss {
  readonly kind: 'suppressed' | 'kernel_missed';
  /** When journald said so, in µs since 1970. */
  readonly realtimeUs: number;
  /** How many; null when it cannot be told. */
  readonly entries: number | null;
  /** Whose entries they were. */
  readonly unit: string | undefined;
}

/** `MESSAGE_ID`s of sd-messages.h. */
export const LOSS_MESSAGE_IDS = {
  suppressed: 'a596d6fe7bfa4994828e72309e95d61e',
  kernel_missed: 'e9bf28e6e834481bb6f48f548ad13606',
} as const;

const KINDS = new Map<string, Loss['kind']>([
  [LOSS_MESSAGE_IDS.suppressed, 'suppressed'],
  [LOSS_MESSAGE_IDS.kernel_missed, 'kernel_missed'],
]);
const ID_LENGTH = 32;
/** That of journald's own entries: `info`. */
const PRIORITY = 6;

type Selection = Pick<JournalSelection, 'units_to_match' | 'min_priority'>;

/**
 * The matches that give what journald says of losses to a reader whose own matches leave it out; it selects these entries
 * no more than before (`createLossExclusion`). The kernel's losses are of no unit.
 */
export function lossMatches({ units_to_match, min_priority = PRIORITY }: Selection): string[] {
  const { suppressed, kernel_missed } = LOSS_MESSAGE_IDS;
  if (units_to_match.length > 0) return ['_TRANSPORT=driver', `MESSAGE_ID=${suppressed}`];
  if (min_priority >= PRIORITY) return [];
  return ['_TRANSPORT=driver', `MESSAGE_ID=${suppressed}`, `MESSAGE_ID=${kernel_missed}`];
}

/** The fields that hint at losses, and tell whether the reader selects the entry: few, as each costs time in every entry. */
export function lossFields({ units_to_match, min_priority }: Selection): string[] {
  return [
    'MESSAGE_ID',
    ...(units_to_match.length > 0 ? ['_SYSTEMD_UNIT'] : []),
    ...(min_priority === undefined ? [] : ['PRIORITY']),
  ];
}

/**
 * The losses that journald tells of in the entries from index `from` on. It goes by the numbers of names, of which few
 * are MESSAGE_ID, so that it takes no time worth measuring.
 */
export function lossesIn(block: Block, from: number): Loss[] {
  const losses: Loss[] = [];
  for (const { i, kind } of hintsIn(block, from)) {
    const loss = lossAt(block, i, kind);
    if (loss !== undefined) losses.push(loss);
  }
  return losses;
}

/** The first entry from index `from` on that may tell of a loss, by its `MESSAGE_ID` alone; -1: none. */
export function firstHint(block: Block, from: number): number {
  for (const { i } of hintsIn(block, from)) return i;
  return -1;
}

function* hintsIn(block: Block, from: number): Generator<{ i: number; kind: Loss['kind'] }> {
  const end = block.firstField[block.count]!;
  for (let f = nextMessageId(block, block.firstField[from]!); f >= 0 && f < end; f = nextMessageId(block, f + 1)) {
    const length = block.end[f]! - block.start[f]!;
    const kind = length === ID_LENGTH ? KINDS.get(block.text(f)) : undefined;
    if (kind !== undefined) yield { i: entryOf(block, f), kind };
  }
}

function nextMessageId(block: Block, f: number): number {
  return block.name.indexOf(NAME.MESSAGE_ID, f);
}

/** The entry that field f belongs to. */
function entryOf(block: Block, f: number): number {
  let [low, high] = [0, block.count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (block.firstField[middle]! <= f) low = middle;
    else high = middle - 1;
  }
  return low;
}

// Whoever logs can write a MESSAGE_ID, but only journald itself comes as "driver".
function lossAt(block: Block, i: number, kind: Loss['kind']): Loss | undefined {
  const text = (nameId: number): string | undefined => {
    const f = block.find(i, nameId);
    return f < 0 ? undefined : block.value(f).toString('utf8');
  };
  if (text(NAME.TRANSPORT) !== 'driver') return undefined;
  const message = text(NAME.MESSAGE) ?? '';
  const count = text(NAME.N_DROPPED) ?? /^Missed (\d+) kernel/.exec(message)?.[1];
  return {
    kind,
    realtimeUs: block.realtimeUs(i),
    entries: count !== undefined && /^\d{1,15}$/.test(count) ? Number(count) : null,
    unit: text(NAME.OBJECT_SYSTEMD_UNIT) ?? /^Suppressed \d+ messages from (\S+)$/.exec(message)?.[1],
  };
}

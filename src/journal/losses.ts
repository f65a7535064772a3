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

/**
 * The losses that journald tells of in the entries from index `from` on. It goes by the numbers of names, of which few
 * are MESSAGE_ID, so that it takes no time worth measuring.
 */
export function lossesIn(block: Block, from: number): Loss[] {
  const end = block.firstField[block.count]!;
  const losses: Loss[] = [];
  for (let f = nextMessageId(block, block.firstField[from]!); f >= 0 && f < end; f = nextMessageId(block, f + 1)) {
    const length = block.end[f]! - block.start[f]!;
    const kind = length === ID_LENGTH ? KINDS.get(block.text(f)) : undefined;
    const loss = kind === undefined ? undefined : lossAt(block, entryOf(block, f), kind);
    if (loss !== undefined) losses.push(loss);
  }
  return losses;
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
    return f < 0 ? undefined : block.text(f);
  };
  if (text(NAME.TRANSPORT) !== 'driver') return undefined;
  const count = text(NAME.N_DROPPED) ?? /^Missed (\d+) kernel/.exec(text(NAME.MESSAGE) ?? '')?.[1];
  return {
    kind,
    realtimeUs: block.realtimeUs(i),
    entries: count !== undefined && /^\d{1,15}$/.test(count) ? Number(count) : null,
    unit: text(NAME.OBJECT_SYSTEMD_UNIT),
  };
}

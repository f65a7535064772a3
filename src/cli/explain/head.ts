import type { Block } from '../../journal/block.ts';
import { NAME } from '../../journal/field-names.ts';

/** So much of a message is shown. */
const MESSAGE_CHARACTERS = 120;

/** What a heading tells of an entry, which must have been redacted before. */
export interface EntryHead {
  readonly cursor: string;
  readonly time: string | null;
  readonly unit: string | null;
  readonly priority: number | null;
  readonly message: string | null;
}

/** Reads what a heading needs from entry i. */
export function headOf(block: Block, i: number): EntryHead {
  const message = bytesOf(block, i, NAME.MESSAGE);
  const priority = bytesOf(block, i, NAME.PRIORITY)?.toString('latin1') ?? '';
  return {
    cursor: block.cursor(i),
    time: isoTime(block.realtimeUs(i)),
    unit: bytesOf(block, i, NAME.SYSTEMD_UNIT)?.toString('utf8') ?? null,
    priority: /^[0-7]$/.test(priority) ? Number(priority) : null,
    message: message === undefined ? null : beginning(message),
  };
}

/** ISO text in UTC with µs; null for 0 and for what no calendar has. */
function isoTime(realtimeUs: number): string | null {
  const date = new Date(Math.floor(realtimeUs / 1e6) * 1000);
  if (realtimeUs === 0 || Number.isNaN(date.getTime())) return null;
  return `${date.toISOString().slice(0, -5)}.${String(realtimeUs % 1e6).padStart(6, '0')}Z`;
}

function bytesOf(block: Block, i: number, nameId: number): Buffer | undefined {
  const f = block.find(i, nameId);
  return f < 0 ? undefined : block.value(f);
}

function beginning(message: Buffer): string {
  const characters = Array.from(message.toString('utf8', 0, (MESSAGE_CHARACTERS + 1) * 4));
  const isCut = characters.length > MESSAGE_CHARACTERS;
  return characters.slice(0, MESSAGE_CHARACTERS).join('') + (isCut ? '…' : '');
}

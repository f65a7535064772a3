import type { BridgeStats, ReaderStats, SenderStats } from '../../telemetry/metrics-stats.ts';
import { duration, grouped } from '../quantities.ts';

/** One sender that has trouble is worth more of the line than many that are well. */
const MAX_SENDERS = 8;
/** A lag below is the batching, and would change the line all the time. */
const UP_TO_DATE_SECONDS = 5;

/** What ships where and how late it is, in a line for `systemctl status`. */
export function statusLine({ readers }: Pick<BridgeStats, 'readers'>): string {
  const all = readers.flatMap((reader) => reader.senders.map((sender) => ({ reader, sender })));
  if (all.length === 0) return 'Nothing is shipped: there is no enabled sender.';
  const late = all.filter(({ sender }) => !isWell(sender));
  const told = [...late, ...all.filter(({ sender }) => isWell(sender))].slice(0, MAX_SENDERS);
  const rest = all.length > told.length ? `; and ${all.length - told.length} more` : '';
  const well = all.length - late.length;
  const head =
    late.length === 0 ? `Shipping to ${counted(all.length)}` : `${well} of ${counted(all.length)} up to date`;
  return `${head}: ${told.map(partOf).join('; ')}${rest}`;
}

function partOf({ reader, sender }: { reader: ReaderStats; sender: SenderStats }): string {
  return `${reader.name} to ${sender.name} ${standingOf(sender)}`;
}

function standingOf(sender: SenderStats): string {
  const { status, behindEntries, lagSeconds } = sender;
  if (isWell(sender)) return 'up to date';
  const parts: string[] = status === 'connected' ? [] : [status];
  if (lagSeconds !== null && lagSeconds >= UP_TO_DATE_SECONDS) parts.push(`lag ${duration(lagSeconds)}`);
  if (behindEntries !== undefined && behindEntries > 0) parts.push(`${grouped(behindEntries)} entries behind`);
  return parts.length === 0 ? 'starting' : parts.join(', ');
}

function isWell({ status, lagSeconds }: SenderStats): boolean {
  return status === 'connected' && lagSeconds !== null && lagSeconds < UP_TO_DATE_SECONDS;
}

function counted(senders: number): string {
  return `${senders} sender${senders === 1 ? '' : 's'}`;
}

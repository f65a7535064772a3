import { valueOf } from '../export-stream.ts';
import type { ExportRecord, Field } from '../export-stream.ts';
import { Refusal } from './options.ts';
import type { CommandLine } from './options.ts';

/** The records that the command line asks for, of those that there are, in their order. */
export function selectRecords(records: readonly ExportRecord[], { options, matches }: CommandLine): ExportRecord[] {
  const [cursor, since] = [options.get('cursor'), options.get('since')];
  if (cursor !== undefined && since !== undefined) {
    throw new Refusal('Please specify only one of --since=, --cursor=, and --after-cursor=.');
  }
  const matching = matcherOf(matches);
  // since systemd 250, following implies the present boot; --merge lifts that
  const oneBoot = options.has('boot') || (options.has('follow') && !options.has('merge'));
  const bootId = oneBoot ? lastBootOf(records) : undefined;
  const wanted = records.filter(
    ({ fields }) => matching(fields) && (bootId === undefined || valueOf(fields, '_BOOT_ID') === bootId),
  );
  if (cursor !== undefined) return wanted.slice(seek(wanted, cursor));
  if (since !== undefined) return wanted.filter(({ fields }) => realtimeOf(fields) >= parseTime(since));
  const lines = options.get('lines') ?? (options.has('follow') && !options.has('no-tail') ? '10' : undefined);
  return lines === undefined ? wanted : wanted.slice(Math.max(0, wanted.length - Number(lines)));
}

function lastBootOf(records: readonly ExportRecord[]): string | undefined {
  const last = records.at(-1);
  if (last === undefined) {
    throw new Refusal('Data from the specified boot (+0) is not available: No such boot ID in journal');
  }
  return valueOf(last.fields, '_BOOT_ID');
}

/** Terms of different fields are ANDed, of the same field ORed, groups between `+` ORed. */
function matcherOf(matches: readonly string[]): (fields: readonly Field[]) => boolean {
  const groups: Map<string, string[]>[] = [new Map<string, string[]>()];
  for (const match of matches) {
    const [, name, value] = /^([A-Z0-9_]+)=(.*)$/s.exec(match) ?? [];
    if (match === '+') groups.push(new Map());
    else if (name === undefined || value === undefined) {
      throw new Refusal(`Failed to add match '${match}': Invalid argument`);
    } else groups.at(-1)!.set(name, [...(groups.at(-1)!.get(name) ?? []), value]);
  }
  return (fields) =>
    groups.some((group) =>
      [...group].every(([name, values]) =>
        fields.some(([each, value]) => each === name && values.includes(value.toString())),
      ),
    );
}

/** The index of the record with the cursor, or of the nearest one after its place. */
function seek(records: readonly ExportRecord[], cursor: string): number {
  const exact = records.findIndex(({ fields }) => valueOf(fields, '__CURSOR') === cursor);
  if (exact >= 0) return exact;
  const { sequence, number, realtime } = parseCursor(cursor);
  const next = records.findIndex(({ fields }) => {
    const at = parseCursor(valueOf(fields, '__CURSOR') ?? '');
    if (sequence !== undefined && number !== undefined && at.sequence === sequence) return at.number! >= number;
    return realtime !== undefined && realtimeOf(fields) >= realtime;
  });
  return next < 0 ? records.length : next;
}

function parseCursor(cursor: string) {
  const parts = cursor.split(';').map((part) => /^([sibmtx])=([0-9a-f]+)$/.exec(part));
  const values = new Map(parts.map((part) => [part?.[1], part?.[2]]));
  const hex = (name: string) => (values.has(name) ? BigInt(`0x${values.get(name)!}`) : undefined);
  const [sequence, number, realtime] = [values.get('s'), hex('i'), hex('t')];
  const leadsSomewhere = [
    sequence !== undefined && number !== undefined,
    values.has('b') && values.has('m'),
    realtime !== undefined,
  ];
  if (parts.includes(null) || !leadsSomewhere.includes(true)) {
    throw new Refusal('Failed to seek to cursor: Invalid argument');
  }
  return { sequence, number, realtime };
}

function parseTime(text: string): bigint {
  const [, seconds, fraction = ''] = /^@(\d+)(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (text === 'now') return BigInt(Date.now()) * 1000n;
  if (seconds === undefined) throw new Refusal(`Failed to parse timestamp: ${text}`);
  return BigInt(seconds + fraction.padEnd(6, '0'));
}

function realtimeOf(fields: readonly Field[]): bigint {
  return BigInt(valueOf(fields, '__REALTIME_TIMESTAMP')!);
}

import type { Config } from '../../config/schema.ts';
import { parseCursor } from '../../journal/cursor.ts';
import type { DaemonStatus } from './daemon.ts';
import type { LettersLeft } from './dead-letters.ts';
import { Loose } from './loose.ts';
import { gapStatus, type GapStatus } from './gap.ts';
import { deliveryStatuses, senderStatus, type SenderStatus } from './sender.ts';

/** What `status --json` prints; keys are only ever added. Null is what the file does not tell. */
export interface StatusReport {
  readonly ok: boolean;
  /** What is wrong, in sentences, the worst first. */
  readonly problems: readonly string[];
  readonly state_file: string;
  readonly daemon: DaemonStatus;
  readonly readers: readonly ReaderStatus[];
}

export interface ReaderStatus {
  readonly name: string;
  /** Null when no config was given. */
  readonly configured: boolean | null;
  readonly cursor: string | null;
  /** Of the entry read last. */
  readonly time: string | null;
  readonly total_lines: number;
  readonly total_bytes: number;
  readonly searches: Readonly<Record<string, number>>;
  /** The last ones, the newest last. */
  readonly gaps: readonly GapStatus[];
  /** All there ever were, by kind. */
  readonly gap_counts: Readonly<Record<string, number>>;
  readonly senders: readonly SenderStatus[];
}

export interface ReportInput {
  readonly statePath: string;
  /** What the state file holds; undefined when there is none. */
  readonly state: unknown;
  readonly config: Config | undefined;
  readonly daemon: DaemonStatus;
  readonly lettersLeft?: LettersLeft;
  readonly maxLagSeconds: number;
  readonly nowMs: number;
}

/** Makes a report of a state file, and of what the config has beyond it. */
export function reportOf(input: ReportInput): StatusReport {
  const { statePath, state, config, daemon } = input;
  const root = new Loose(state);
  const names = [...Object.keys(activeReaders(config)), ...root.entries('readers').map(([name]) => name)];
  const readers = [...new Set(names)].map((name) => readerStatus(name, root.at('readers').at(name), input));
  const problems = [...daemonProblems(daemon, statePath), ...readers.flatMap(senderProblems)];
  return { ok: problems.length === 0, problems, state_file: statePath, daemon, readers };
}

function readerStatus(name: string, stored: Loose, input: ReportInput): ReaderStatus {
  const { config } = input;
  const readers = activeReaders(config);
  const own = Object.hasOwn(readers, name) ? readers[name] : undefined;
  const wanted = Object.entries(own?.senders ?? {}).filter(([, { enabled }]) => enabled);
  const types = new Map(wanted.map(([sender, { output_type }]) => [sender, output_type]));
  const senders = [...new Set([...types.keys(), ...stored.entries('senders').map(([sender]) => sender)])];
  const cursor = stored.text('cursor');
  const us = parseCursor(cursor ?? '')?.realtimeUs;
  return {
    name,
    configured: config === undefined ? null : own !== undefined,
    cursor,
    time: us === undefined ? null : timeOf(us),
    total_lines: stored.number('total_lines') ?? 0,
    total_bytes: stored.number('total_bytes') ?? 0,
    searches: stored.numbers('searches'),
    gaps: stored.list('gaps').map(gapStatus),
    gap_counts: stored.numbers('gap_counts'),
    senders: senders.flatMap((sender) => {
      const configured = config === undefined ? null : types.has(sender);
      const context = {
        ...input,
        configured,
        type: types.get(sender),
        lettersLeft: input.lettersLeft?.(name, sender) ?? null,
      };
      const own = stored.at('senders').at(sender);
      return [senderStatus(sender, own, context), ...deliveryStatuses(sender, own, context)];
    }),
  };
}

function activeReaders(config: Config | undefined): Config['readers'] {
  return Object.fromEntries(Object.entries(config?.readers ?? {}).filter(([, { enabled }]) => enabled));
}

function timeOf(us: number): string | null {
  const date = new Date(us / 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function daemonProblems({ state, pid, stopped_at }: DaemonStatus, statePath: string): string[] {
  if (state === 'absent')
    return [`there is no state file ${statePath}: journalbridge has not run with this config yet`];
  if (state === 'stopped') return [`journalbridge was stopped at ${stopped_at ?? '?'}: nothing is shipped`];
  if (state === 'dead')
    return [`no journalbridge with pid ${pid ?? '?'} runs, and it did not stop in order: nothing is shipped`];
  return [];
}

function senderProblems({ name, senders }: ReaderStatus): string[] {
  return senders.flatMap((sender) => (sender.problem === null ? [] : [`${name}.${sender.name}: ${sender.problem}`]));
}

import type { DaemonStatus } from './daemon.ts';
import { duration, grouped } from '../quantities.ts';
import type { Loose } from './loose.ts';

export interface SenderStatus {
  readonly name: string;
  /** The type in the state file, as journalpump names it, or else `output_type`. */
  readonly type: string | null;
  /** Null when no config was given; false for what only the state file has. */
  readonly configured: boolean | null;
  /** `connected`, `disconnected`, `stopped`; `stale` by journalpump; null: it has not run yet. */
  readonly status: string | null;
  readonly since: string | null;
  readonly lag: { readonly seconds: number | null; readonly entries: number | null };
  /** Entries a second over the last minute. */
  readonly rate: number | null;
  readonly sent: {
    readonly count: number;
    readonly bytes: number;
    readonly cursor: string | null;
    readonly time: string | null;
  };
  readonly queue: { readonly entries: number; readonly bytes: number };
  readonly retries: number | null;
  /** Entries that were refused for good and kept, and those of them that are still there. */
  readonly dead_letters: number | null;
  readonly dead_letters_left: number | null;
  /** All that were refused, and dead letters that had to make room for others. */
  readonly rejected: number | null;
  readonly rotated_out: number | null;
  readonly last_rejection: { readonly time: string | null; readonly reason: string } | null;
  readonly last_error: { readonly message: string; readonly time: string | null } | null;
  readonly errors: readonly string[];
  /** What holds it up now, and since when. */
  readonly trouble: (ErrorStatus & { readonly since: string | null }) | null;
  /** The last few errors of all runs, the newest last. */
  readonly last_errors: readonly ErrorStatus[];
  /** What is wrong with it, if something is. */
  readonly problem: string | null;
  /** Of a delivery that comes and goes (a task of Gulp): what its sender says of it. */
  readonly about?: Readonly<Record<string, string>>;
}

/** A first connection that gets no answer at all is trouble after that. */
const STARTING_MS = 10_000;

interface ErrorStatus {
  readonly time: string | null;
  readonly code: string | null;
  readonly message: string;
  readonly times: number;
}

export interface SenderContext {
  readonly configured: boolean | null;
  readonly type: string | undefined;
  readonly lettersLeft: number | null;
  readonly daemon: DaemonStatus;
  readonly maxLagSeconds: number;
  readonly nowMs: number;
}

/** Makes a report of one sender. */
export function senderStatus(name: string, stored: Loose, context: SenderContext): SenderStatus {
  const sent = stored.at('sent');
  const health = stored.at('health');
  const buffer = stored.at('buffer');
  const status: Omit<SenderStatus, 'problem'> = {
    name,
    type: stored.text('type') ?? context.type ?? null,
    configured: context.configured,
    status: health.text('status'),
    since: health.time('since'),
    lag: { seconds: lagSeconds(stored.at('lag'), context.nowMs), entries: stored.at('lag').number('entries') },
    rate: stored.number('rate'),
    sent: {
      count: sent.number('count') ?? 0,
      bytes: sent.number('bytes') ?? 0,
      cursor: sent.text('cursor'),
      time: sent.time('time'),
    },
    queue: { entries: buffer.number('current_queue') ?? 0, bytes: buffer.number('total_size') ?? 0 },
    retries: stored.number('retries'),
    ...refusals(stored.at('dead_letters')),
    dead_letters_left: context.lettersLeft,
    last_error: lastError(health),
    errors: health.texts('errors'),
    trouble: trouble(health.at('trouble')),
    last_errors: health.list('last_errors').flatMap(errors),
  };
  return { ...status, problem: problemOf(status, context) };
}

function refusals(letters: Loose): Pick<SenderStatus, 'dead_letters' | 'rejected' | 'rotated_out' | 'last_rejection'> {
  const last = letters.at('last');
  const reason = last.text('reason');
  return {
    dead_letters: letters.number('count'),
    rejected: letters.number('rejected'),
    rotated_out: letters.number('rotated_out'),
    last_rejection: reason === null ? null : { time: last.time('time'), reason },
  };
}

function errors(stored: Loose): ErrorStatus[] {
  const message = stored.text('message');
  if (message === null) return [];
  return [{ time: stored.time('time'), code: stored.text('code'), message, times: stored.number('times') ?? 1 }];
}

function trouble(stored: Loose): SenderStatus['trouble'] {
  const [error] = errors(stored);
  return error === undefined ? null : { ...error, since: stored.time('since') };
}

/** Makes reports of the deliveries of a sender that come and go, under its name and theirs. Those that are over have no problem. */
export function deliveryStatuses(name: string, stored: Loose, context: SenderContext): SenderStatus[] {
  return stored.entries('deliveries').map(([delivery, one]) => {
    const about = Object.fromEntries(one.entries('about').flatMap(([key]) => [[key, one.at('about').text(key) ?? '']]));
    const isOver = ['stopped', 'done'].includes(about['task'] ?? '');
    const status = senderStatus(`${name}/${delivery}`, one, {
      ...context,
      type: about['operation'],
      lettersLeft: null,
    });
    const failure = about['task'] === 'failed' ? `failed: ${about['error'] ?? '?'}` : undefined;
    return { ...status, about, problem: failure ?? (isOver ? null : status.problem) };
  });
}

/** What waits grows older, also since the file was written. */
function lagSeconds(lag: Loose, nowMs: number): number | null {
  const since = lag.time('since');
  if (since === null) return lag.number('seconds');
  return Math.max(0, Math.round((nowMs - Date.parse(since)) / 100) / 10);
}

/** The newest that is no refusal. Journalpump has no times; its newest error is the last. */
function lastError(health: Loose): SenderStatus['last_error'] {
  const own = health.list('last_errors').filter((error) => error.text('code') !== 'REJECTED');
  const last = own.findLast((error) => error.text('message') !== null);
  const message = last?.text('message') ?? health.texts('errors').at(-1);
  return message === undefined ? null : { message, time: last?.time('time') ?? null };
}

/** The daemon has just begun, and nothing has gone wrong yet: that it is not connected is no trouble. */
function isStarting(
  { status, trouble, errors }: Omit<SenderStatus, 'problem'>,
  { daemon, nowMs }: Pick<SenderContext, 'daemon' | 'nowMs'>,
): boolean {
  const ageMs = nowMs - Date.parse(daemon.start_time ?? '');
  return status === 'disconnected' && trouble === null && errors.length === 0 && ageMs < STARTING_MS;
}

function problemOf(sender: Omit<SenderStatus, 'problem'>, context: SenderContext): string | null {
  const { status, lag, since, trouble, last_error } = sender;
  const error = trouble ?? last_error;
  const { daemon, configured, maxLagSeconds, nowMs } = context;
  // What does not run has one problem, told for all.
  if (configured === false || (daemon.state !== 'running' && daemon.state !== 'unknown')) return null;
  if (status === null) return 'it has not run yet; restart journalbridge if the config has changed';
  if (isStarting(sender, context)) return null;
  if (status !== 'connected') {
    const long = since === null ? '' : ` for ${duration((nowMs - Date.parse(since)) / 1000)}`;
    return `${status}${long}${error === null ? '' : `: ${error.message}`}`;
  }
  if (lag.seconds !== null && lag.seconds > maxLagSeconds) {
    const entries = lag.entries === null ? '' : `, ${grouped(lag.entries)} entries`;
    return `${duration(lag.seconds)} behind${entries}`;
  }
  return null;
}

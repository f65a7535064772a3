import { JournalbridgeError, messageOf } from '../errors.ts';
import { withoutSecrets } from '../secrets.ts';

/** An error of a delivery, and when it came last. */
export interface HealthError {
  /** ISO text. */
  time: string;
  /** The stable code of the error (`RETRYABLE`, `AUTHENTICATION`, …), or `BUG`. */
  readonly code: string;
  readonly message: string;
  /** How often it came in a row. */
  times: number;
}

/** Of a delivery's connection, for the state file and for people. */
export interface Health {
  status: 'connected' | 'disconnected' | 'stopped';
  sinceMs: number;
  /** The last few errors of the trouble that lasts, the newest last; the first one is kept. */
  errors: string[];
  /** The last few errors of all, the newest last; they stay when the trouble is over. */
  lastErrors: HealthError[];
  /** What the delivery is stuck with now, and since when it got nowhere (ISO text); undefined: nothing. */
  trouble: (HealthError & { since: string }) | undefined;
  /** When an attempt brought something last, success or an error, in ms of `performance.now()`. */
  signMs: number;
  /** When the destination refused an entry for good last, and why; undefined: not in this run. */
  lastRejection: { readonly time: string; readonly reason: string } | undefined;
}

const MAX_ERRORS = 8;
const MAX_TEXT = 128;
const MAX_LAST_TEXT = 1000;

/** The health of a delivery that has not begun. */
export function newHealth(lastErrors: readonly HealthError[] = []): Health {
  return {
    status: 'disconnected',
    sinceMs: Date.now(),
    errors: [],
    lastErrors: lastErrors.slice(-MAX_ERRORS),
    trouble: undefined,
    signMs: performance.now(),
    lastRejection: undefined,
  };
}

/** Takes down an error that holds the delivery up. */
export function recordTrouble(health: Health, error: unknown): void {
  const { errors } = health;
  const short = withoutSecrets(messageOf(error)).slice(0, MAX_TEXT);
  if (errors.at(-1) !== short) {
    if (errors.length >= MAX_ERRORS) errors.splice(1, 1);
    errors.push(short);
  }
  const last = recordError(health, error);
  health.trouble = { since: health.trouble?.since ?? last.time, ...last };
  setStatus(health, 'disconnected');
}

/** Takes down an error that holds nothing up: payloads were refused. */
export function recordError(health: Health, error: unknown): HealthError {
  health.signMs = performance.now();
  return addError(health.lastErrors, error);
}

/** Adds an error to the last few, or counts it if it is the newest of them. */
export function addError(lastErrors: HealthError[], error: unknown): HealthError {
  const time = new Date().toISOString();
  const code = error instanceof JournalbridgeError ? error.code : 'BUG';
  const message = withoutSecrets(messageOf(error)).slice(0, MAX_LAST_TEXT);
  const last = lastErrors.at(-1);
  if (last?.message === message && last.code === code) {
    last.time = time;
    last.times++;
    return last;
  }
  const added = { time, code, message, times: 1 };
  lastErrors.push(added);
  if (lastErrors.length > MAX_ERRORS) lastErrors.shift();
  return added;
}

/** The newest error that held it up, in any run; undefined: none that is known. */
export function lastTrouble({ lastErrors }: Health): HealthError | undefined {
  return lastErrors.findLast(({ code }) => code !== 'REJECTED');
}

/** It goes on, but something was achieved. */
export function recordProgress({ trouble }: Health): void {
  if (trouble !== undefined) trouble.since = new Date().toISOString();
}

/** For how long nothing was achieved; 0 while all is well. */
export function troubleMs({ trouble }: Health): number {
  return trouble === undefined ? 0 : Date.now() - Date.parse(trouble.since);
}

/** What it waits for cannot come any more as long as this process lives. */
export function hasGone({ trouble }: Health): boolean {
  return trouble?.code === 'GONE';
}

/** The trouble is over. */
export function recordRecovery(health: Health): void {
  health.errors.length = 0;
  health.trouble = undefined;
  setStatus(health, 'connected');
}

export function setStatus(health: Health, status: Health['status']): void {
  if (health.status === status) return;
  health.status = status;
  health.sinceMs = Date.now();
}

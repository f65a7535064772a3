import { NotConnectedError } from '../errors.ts';
import type { StoredSender } from '../state/stored.ts';
import { addError, type HealthError } from './health.ts';

/** How a sender that hosts deliveries is: what keeps it from its work, and how much all of them ship in a second. */
export interface HostHealth {
  readonly trouble: string | undefined;
  readonly hasStopped: boolean;
  readonly rate: number;
}

/** Brings the figures of such a sender in the state file up to date. */
export function describeHost(stored: StoredSender, { trouble, hasStopped, rate }: HostHealth): void {
  const status = hasStopped ? 'stopped' : trouble === undefined ? 'connected' : 'disconnected';
  const now = new Date().toISOString();
  const since = stored.health.status === status ? (stored.health.since ?? now) : now;
  stored.health = {
    ...stored.health,
    status,
    since,
    errors: trouble === undefined ? [] : [trouble],
    last_errors: lastErrors(stored, trouble),
  };
  stored.lag = { seconds: 0, entries: 0, since: null };
  stored.rate = rate;
}

/** Trouble that lasts is one error. */
function lastErrors({ health }: StoredSender, trouble: string | undefined): HealthError[] {
  const { errors, last_errors: before = [] } = health;
  if (trouble === undefined || errors.at(-1) === trouble) return before;
  const lastErrors = [...before];
  addError(lastErrors, new NotConnectedError(trouble));
  return lastErrors;
}

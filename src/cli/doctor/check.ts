import type { Facts } from './facts.ts';

/** How bad it is: `warn` works today and may not tomorrow, `fail` keeps entries from being shipped. */
export type Verdict = 'ok' | 'warn' | 'fail';

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at: a file, a sender, a unit. */
  readonly subject: string;
  readonly status: Verdict;
  readonly text: string;
  /** What to do about it, unless the text says so. */
  readonly remedy?: string | undefined;
}

/** A question that `doctor` asks. */
export interface Check {
  readonly name: string;
  /** It waits for others: it is asked when those of this machine are answered, as a hanging DNS takes threads that files need. */
  readonly isRemote?: true;
  find(facts: Facts, signal: AbortSignal): Promise<readonly Finding[]>;
}

export function ok(subject: string, text: string): Finding {
  return { subject, status: 'ok', text };
}

export function warn(subject: string, text: string, remedy?: string): Finding {
  return { subject, status: 'warn', text, remedy };
}

export function fail(subject: string, text: string, remedy?: string): Finding {
  return { subject, status: 'fail', text, remedy };
}

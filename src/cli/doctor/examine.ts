import { messageOf } from '../../errors.ts';
import { withoutSecrets } from '../../secrets.ts';
import type { Check, Finding, Verdict } from './check.ts';
import type { Facts } from './facts.ts';

/** A line of the output, and an element of `--json`. */
export interface Result {
  readonly check: string;
  readonly subject: string;
  readonly status: Verdict;
  readonly text: string;
  readonly remedy: string | null;
}

/** Asks all checks, those of this machine first; none may take longer than the limit. The answers come in the checks' order. */
export async function examine(checks: readonly Check[], facts: Facts, limitMs: number): Promise<Result[]> {
  const answers = new Map<Check, readonly Finding[]>();
  for (const isRemote of [undefined, true as const]) {
    const wave = checks.filter((check) => check.isRemote === isRemote);
    await Promise.all(wave.map(async (check) => answers.set(check, await answerOf(check, facts, limitMs))));
  }
  return checks.flatMap((check) => answers.get(check)!.map((finding) => resultOf(check, finding)));
}

/** The worst of what was found. */
export function worstOf(results: readonly Result[]): Verdict {
  const has = (status: Verdict): boolean => results.some((result) => result.status === status);
  if (has('fail')) return 'fail';
  return has('warn') ? 'warn' : 'ok';
}

async function answerOf(check: Check, facts: Facts, limitMs: number): Promise<readonly Finding[]> {
  const stopping = new AbortController();
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    late.resolve([failed(check, `there was no answer within ${limitMs / 1000} s`)]);
    stopping.abort();
  }, limitMs);
  try {
    return await Promise.race([check.find(facts, stopping.signal), late.promise]);
  } catch (error) {
    return [failed(check, `it could not be looked at: ${messageOf(error)}`)];
  } finally {
    clearTimeout(timer);
  }
}

function failed({ name }: Check, text: string): Finding {
  return { subject: name, status: 'fail', text };
}

function resultOf({ name }: Check, { subject, status, text, remedy }: Finding): Result {
  const safe = (words: string): string => withoutSecrets(words).trim();
  return {
    check: name,
    subject: safe(subject),
    status,
    text: safe(text),
    remedy: remedy === undefined ? null : safe(remedy),
  };
}

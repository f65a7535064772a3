import { pause } from '../../backoff.ts';
import { NotConnectedError } from '../../errors.ts';
import { fieldsOf, Refusal } from './answer.ts';
import type { Client } from './client.ts';

/** What became of the documents of a request. */
export type Outcome =
  | { readonly kind: 'stored' }
  /** It is through with them, and not all are stored; `isDocuments`: it says that the documents are to blame. */
  | { readonly kind: 'failed'; readonly isDocuments: boolean }
  /** It was not even taken. */
  | { readonly kind: 'too large' }
  /** It has not counted them in time. */
  | { readonly kind: 'uncounted' }
  /** It was away, or has dropped the request: what it had not stored by then, it may have forgotten. */
  | { readonly kind: 'interrupted' };

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2000;
const GROWTH = 1.5;
/** Of the whole time, so much is left to it once it was away. */
const SHARE_AFTER_AWAY = 1 / 6;

/** Looks at the counters of a request until they tell. Throws what `Client.call` throws when there is no use in waiting. */
export async function waitForCounters(
  client: Client,
  { requestId, count, timeoutMs }: { readonly requestId: string; readonly count: number; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Outcome> {
  let deadline = performance.now() + timeoutMs;
  let wasAway = false;
  let isKnown = false;
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * GROWTH, LONGEST_LOOK_MS)) {
    await pause(Math.min(wait, Math.max(1, deadline - performance.now())), signal);
    signal.throwIfAborted();
    const outcome = await look(client, requestId, count, signal);
    if (typeof outcome === 'object') return outcome;
    if (outcome === 'unknown' && isKnown) return { kind: 'interrupted' };
    isKnown ||= outcome === 'open';
    if (outcome === 'away' && !wasAway) {
      deadline = Math.min(deadline, performance.now() + timeoutMs * SHARE_AFTER_AWAY);
      wasAway = true;
    }
    if (performance.now() >= deadline) return { kind: wasAway ? 'interrupted' : 'uncounted' };
  }
}

/** `unknown`: there is no such request, or not yet. */
type Look = Outcome | 'open' | 'unknown' | 'away';

async function look(client: Client, requestId: string, count: number, signal: AbortSignal): Promise<Look> {
  try {
    const query = { obj_id: requestId };
    return outcomeOf(await client.call({ method: 'GET', path: '/request_get_by_id', query }, signal), count) ?? 'open';
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'request') return 'unknown';
    if (error instanceof Refusal && (error.kind === 'busy' || error.kind === 'other')) return 'open';
    // Chunks wait in the server's memory: ours is there still if it was only the way to it, and gone if it was restarted.
    if (error instanceof Refusal && error.kind === 'broken') return 'away';
    if (error instanceof NotConnectedError && error.code === 'NOT_CONNECTED') return 'away';
    throw error;
  }
}

/** Reads a request's record; undefined while nothing is decided. `done` alone says nothing: it is so, too, when all failed. */
export function outcomeOf(stats: unknown, count: number): Outcome | undefined {
  const { status, errors, data } = fieldsOf(stats);
  const { records_ingested, records_skipped, records_failed } = fieldsOf(data);
  // Skipped are those that were stored before.
  if (numberOf(records_ingested) + numberOf(records_skipped) >= count) return { kind: 'stored' };
  const texts = Array.isArray(errors) ? errors.map(String) : [];
  if (status === 'ongoing' && texts.length === 0) return undefined;
  const isDocuments = numberOf(records_failed) > 0 || texts.some((text) => text.includes('invalid data'));
  return { kind: 'failed', isDocuments };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

import { pause } from '../../backoff.ts';
import { NotConnectedError } from '../../errors.ts';
import { fieldsOf, Refusal } from './answer.ts';
import type { Client } from './client.ts';

/** What became of the documents of a request. */
export type Outcome =
  | { readonly kind: 'stored' }
  /** It is through with them, and not all are stored; `isDocuments`: it says that the documents are to blame. */
  | { readonly kind: 'failed'; readonly isDocuments: boolean }
  /** It has not counted them in time. */
  | { readonly kind: 'uncounted' };

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2000;
const GROWTH = 1.5;

/** Looks at the counters of a request until they tell. Throws what `Client.call` throws when there is no use in waiting. */
export async function waitForCounters(
  client: Client,
  { requestId, count, timeoutMs }: { readonly requestId: string; readonly count: number; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Outcome> {
  const deadline = performance.now() + timeoutMs;
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * GROWTH, LONGEST_LOOK_MS)) {
    await pause(Math.min(wait, Math.max(1, deadline - performance.now())), signal);
    signal.throwIfAborted();
    const outcome = await look(client, requestId, count, signal);
    if (outcome !== undefined) return outcome;
    if (performance.now() >= deadline) return { kind: 'uncounted' };
  }
}

async function look(
  client: Client,
  requestId: string,
  count: number,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  try {
    const query = { obj_id: requestId };
    return outcomeOf(await client.call({ method: 'GET', path: '/request_get_by_id', query }, signal), count);
  } catch (error) {
    // The request is there, whatever the way to it is like at the moment.
    if (error instanceof Refusal && ['request', 'busy', 'broken', 'other'].includes(error.kind)) return undefined;
    if (error instanceof NotConnectedError && error.code === 'NOT_CONNECTED') return undefined;
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

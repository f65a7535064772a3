import { Failure } from './failure.ts';

/** What a server says of one payload of a bulk request. */
export interface Item {
  readonly status: number;
  /** Of the error, empty where there is none. */
  readonly type: string;
  readonly reason: string;
}

/**
 * What comes of a payload: stored, refused for good, or to be sent again and who has to do something first. A doubtful one
 * is refused if its index takes others; if not, every entry would be.
 */
export type Verdict = 'stored' | 'refused' | 'doubtful' | 'busy' | 'blocked' | 'denied';

/** All that is wanted of an answer; without it the server tells ten times as much. */
export const FILTER_PATH = 'errors,items.*.status,items.*.error.type,items.*.error.reason';

const CREATED: Item = { status: 201, type: '', reason: '' };
/** With these the index or the cluster is at fault: the same entry will do once somebody has mended that. */
const OPERATORS_TYPES = new Set([
  'cluster_block_exception',
  'index_closed_exception',
  'index_not_found_exception',
  'validation_exception', // no room for more shards
  'index_create_block_exception',
  'snapshot_in_progress_exception',
  'invalid_alias_name_exception',
  'retention_lease_already_exists_exception',
  'unavailable_shards_exception',
  'no_shard_available_action_exception',
]);
/** With these it is the document, whatever else the index has taken. */
const DOCUMENTS_TYPES = new Set([
  'document_parsing_exception',
  'mapper_parsing_exception',
  'strict_dynamic_mapping_exception',
]);
/** What such say under a type that may mean anything. */
const DOCUMENTS_REASON = 'immense term';
/** What these say under a type that may mean anything. */
const OPERATORS_REASONS =
  /pipeline with id|no write index|more than one ind|has no write|maximum shards|data stream template|matching.*data stream|\[allow_custom_routing\]|auto.?creat/i;

/** Takes an answer apart; throws Failure when it is no complete answer to so many payloads. */
export function readBulkAnswer(body: unknown, count: number): Item[] {
  const items = (body as { items?: unknown } | null | undefined)?.items;
  if (!Array.isArray(items)) throw new Failure('gone', 'its answer is none to a bulk request; is it behind a proxy?');
  if (items.length !== count)
    throw new Failure('gone', `its answer tells of ${items.length} entries in place of ${count}`);
  return items.map(readItem);
}

/** Who or what is at fault. */
export function verdictOn({ status, type, reason }: Item): Verdict {
  if (status >= 200 && status < 300) return 'stored';
  // Its id is there already: it was stored by an attempt whose answer got lost.
  if (status === 409) return type === '' || type === 'version_conflict_engine_exception' ? 'stored' : 'blocked';
  if (OPERATORS_TYPES.has(type)) return 'blocked';
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'blocked';
  if (status === 408 || status === 429 || status >= 500 || status < 400) return 'busy';
  if (OPERATORS_REASONS.test(reason)) return 'blocked';
  return DOCUMENTS_TYPES.has(type) || reason.includes(DOCUMENTS_REASON) ? 'refused' : 'doubtful';
}

function readItem(item: unknown): Item {
  const { status, error } = resultOf(item);
  if (typeof status !== 'number') throw new Failure('gone', 'its answer does not tell what became of each entry');
  // Nearly all there are: an object for each would only make work for the garbage collector.
  if (status === CREATED.status && error === undefined) return CREATED;
  return { status, type: textOf(error?.type), reason: textOf(error?.reason) };
}

interface Result {
  readonly status?: unknown;
  readonly error?: { readonly type?: unknown; readonly reason?: unknown };
}

/** What is said under the name of the action, whatever that is. */
function resultOf(item: unknown): Result {
  const results = item as Readonly<Record<string, Result | null>> | null;
  for (const action in results) return results[action] ?? {};
  return {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

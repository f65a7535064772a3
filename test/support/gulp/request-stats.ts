import type { Chunk } from './ingest.ts';
import { isObject } from './validation.ts';

/** What conversion and index made of a chunk's records. */
export interface Outcome {
  /** Records that became documents. */
  readonly processed: number;
  /** Records that did not. */
  readonly failed: number;
  /** Documents that the index did not take. */
  readonly rejected: number;
}

/** The manager's row about one request: all that it ever tells of what became of a chunk. */
export class RequestStats {
  status: 'ongoing' | 'done' | 'failed' | 'canceled' = 'ongoing';
  readonly errors: string[] = [];
  readonly #chunk: Pick<Chunk, 'requestId' | 'operationId' | 'userId'>;
  readonly #sources = new Map<string, readonly string[]>();
  readonly #timeCreated = Date.now();
  #timeFinished = 0;
  #counts = { failed: 0, skipped: 0, ingested: 0, processed: 0 };

  constructor({ requestId, operationId, userId }: Chunk) {
    this.#chunk = { requestId, operationId, userId }; // without its bytes: rows stay for ever
  }

  get operationId(): string {
    return this.#chunk.operationId;
  }

  /** Also of records that then fail: context and source are made before the document. */
  addSources(records: readonly unknown[]): void {
    for (const record of records) {
      const { 'gulp.context_id': context, 'gulp.source_id': source } = isObject(record) ? record : {};
      if (typeof context !== 'string' || typeof source !== 'string') continue;
      this.#sources.set(JSON.stringify([context, source]), [context, context, source, source]);
    }
  }

  /** `done` even when everything failed; one document that the index does not take hides what it did with the others. */
  finish({ processed, failed, rejected }: Outcome, ingested: number, skipped: number): void {
    this.status = 'done';
    this.#timeFinished = Date.now();
    this.#counts = { processed, failed, ingested, skipped };
    if (rejected === 0) return;
    this.#counts = { processed, failed, ingested: 0, skipped: 0 };
    const advice = 'opensearch ingestion errors means GulpDocument contains invalid data, review errors on collab db!';
    this.errors.push(`Traceback (most recent call last):\n\nException: failed=${rejected}, ${advice}\n`);
  }

  toJSON(): Record<string, unknown> {
    const { requestId, operationId, userId } = this.#chunk;
    return {
      operation_id: operationId,
      server_id: '00000000-0000-4000-8000-000000000000',
      status: this.status,
      req_type: 'raw_ingest',
      time_expire: 0,
      time_finished: this.#timeFinished,
      errors: this.errors,
      data: {
        sources: [...this.#sources.values()],
        source_total: 1,
        source_failed: 0,
        records_failed: this.#counts.failed,
        records_skipped: this.#counts.skipped,
        records_ingested: this.#counts.ingested,
        source_processed: this.status === 'done' ? 1 : 0,
        records_processed: this.#counts.processed,
      },
      id: requestId,
      type: 'request_stats',
      user_id: userId,
      name: requestId,
      time_created: this.#timeCreated,
      time_updated: this.#timeFinished || this.#timeCreated,
      tags: [],
      granted_user_ids: [],
      granted_user_group_ids: [],
    };
  }
}

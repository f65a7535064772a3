import { randomUUID } from 'node:crypto';
import { AuthenticationError, messageOf, RejectedError, RetryableError, type Rejection } from '../../errors.ts';
import { readHead } from '../heads.ts';
import type { Batch } from '../sender.ts';
import { deliveryErrorOf, Refusal } from './answer.ts';
import type { Client } from './client.ts';
import { waitForCounters, type Outcome } from './counters.ts';
import type { SourceEntry } from './document.ts';
import type { PostSlots } from './post-slots.ts';
import { bytesOf, spansOf, type Span } from './spans.ts';

export interface ShippingOptions {
  readonly client: Client;
  readonly operationId: string;
  /** The JSON of the request's first part. */
  readonly parameters: string;
  readonly toDocument: (entry: SourceEntry) => string;
  readonly batchSize: number;
  readonly verifies: boolean;
  readonly verifyTimeoutMs: number;
  /** So many requests of all tasks are sent at one time; as many as one likes may wait for their counters. */
  readonly slots: PostSlots;
  /** Gulp will not take anything for this operation. */
  readonly refused?: (refusal: Refusal) => void;
}

/** What is known of a server beyond one batch. */
export interface Experience {
  /** A document that is stored: if it can be sent again, it is not the server that fails. */
  proof: string | undefined;
  /** Requests are not counted: one at a time, until one is. */
  isSuspect: boolean;
  /** Larger chunks of entries were more than a proxy takes. */
  maxChunkBytes: number;
  /** How often a document was refused that nothing proved to be at fault. */
  unproven: number;
}

/** Nothing is known yet. */
export function noExperience(): Experience {
  return { proof: undefined, isSuspect: false, maxChunkBytes: MAX_CHUNK_BYTES, unproven: 0 };
}

/** Requests whose documents wait to be counted: at five seconds each, one after the other would be slow. */
export const MAX_WAITING = 16;
const MAX_CHUNK_BYTES = 1024 * 1024;
const MIN_CHUNK_BYTES = 8 * 1024;
const MAX_UNPROVEN = 5;

const UNCOUNTED =
  'it took a batch and never counted it, so nothing of it counts as delivered. The usual cause is its plugin "raw", which ' +
  "lacks a package: on the Gulp server, pip install 'gulp-cli==1.1.11' 'gulp-sdk<2' and restart it";

/** One batch on its way: in several requests, each of which is looked after until its counters tell. */
export class Shipment {
  private readonly options: ShippingOptions;
  private readonly experience: Experience;
  private readonly batch: Batch;
  private readonly signal: AbortSignal;
  private readonly isSettled: Uint8Array;
  private readonly rejections: Rejection[] = [];
  private readonly spans: Span[];
  private trouble: unknown;
  private isStopped = false;

  constructor(batch: Batch, options: ShippingOptions, experience: Experience, signal: AbortSignal) {
    this.batch = batch;
    this.options = options;
    this.experience = experience;
    this.signal = signal;
    this.isSettled = new Uint8Array(batch.ends.length);
    this.spans = spansOf(batch, options.batchSize, experience.maxChunkBytes);
  }

  /** Resolves when all is stored; else throws what the delivery understands. */
  async send(): Promise<void> {
    const lanes = this.experience.isSuspect ? 1 : MAX_WAITING;
    // All of them, as the batch is not valid any longer once this has settled.
    await Promise.all(Array.from({ length: Math.min(lanes, this.spans.length) }, () => this.work()));
    this.signal.throwIfAborted();
    this.conclude();
  }

  private async work(): Promise<void> {
    while (!this.isStopped && !this.signal.aborted) {
      const span = this.spans.pop();
      if (span === undefined) return;
      try {
        await this.settle(span, await this.sendSpan(span));
      } catch (error) {
        if (error instanceof Refusal && (error.kind === 'operation' || error.kind === 'permission'))
          this.options.refused?.(error);
        this.stop(deliveryErrorOf(error, this.options.client.destination, this.signal));
      }
    }
  }

  private async sendSpan({ from, to }: Span): Promise<Outcome> {
    return sendDocuments(this.documents(from, to), to - from, this.options, this.signal).catch((error: unknown) => {
      if (error instanceof Refusal && error.kind === 'too large') return { kind: 'too large' };
      throw error;
    });
  }

  private async settle(span: Span, outcome: Outcome): Promise<void> {
    const { experience } = this;
    if (outcome.kind === 'stored') {
      experience.isSuspect = false;
      experience.unproven = 0;
      experience.proof = this.documentAt(span.from);
      this.isSettled.fill(1, span.from, span.to);
    } else if (outcome.kind === 'uncounted') {
      experience.isSuspect = true;
      throw new RetryableError(`${this.options.client.destination}: ${UNCOUNTED}`);
    } else if (outcome.kind === 'interrupted') {
      this.spans.push(span); // it leaves out what it has stored
    } else if (span.to - span.from > 1) {
      if (outcome.kind === 'too large') this.learnSize(span);
      const middle = (span.from + span.to) >> 1;
      this.spans.push({ from: middle, to: span.to }, { from: span.from, to: middle });
    } else await this.refuse(span.from, outcome);
  }

  /** A document is at fault only if the server takes another one. */
  private async refuse(index: number, outcome: Refused): Promise<void> {
    const isDocuments = outcome.kind === 'too large' || outcome.isDocuments;
    const { experience, options } = this;
    const { proof } = experience;
    const { destination } = options.client;
    const trial = proof === undefined ? undefined : await sendDocuments([proof], 1, options, this.signal);
    const isProven = trial?.kind === 'stored' || (isDocuments && ++experience.unproven >= MAX_UNPROVEN);
    if (!isProven) {
      throw new RetryableError(
        `${destination}: it stores no documents at present; its own log, and OpenSearch's, tell why`,
      );
    }
    experience.unproven = 0;
    this.isSettled[index] = 1;
    this.rejections.push({ index, reason: `${destination}: ${reasonOf(outcome)}` });
  }

  private learnSize(span: Span): void {
    const { experience } = this;
    const bytes = bytesOf(this.batch, span) >> 1;
    experience.maxChunkBytes = Math.min(experience.maxChunkBytes, Math.max(MIN_CHUNK_BYTES, bytes));
  }

  private stop(error: unknown): void {
    this.isStopped = true;
    if (this.trouble === undefined || error instanceof AuthenticationError) this.trouble = error;
  }

  private conclude(): void {
    const remaining = Array.from(this.isSettled.keys()).filter((i) => this.isSettled[i] === 0);
    const [first] = this.rejections;
    if (first !== undefined) {
      this.rejections.sort((a, b) => a.index - b.index);
      throw new RejectedError(first.reason, this.rejections, { remaining });
    }
    if (remaining.length === 0) return;
    const { trouble } = this;
    if (!(trouble instanceof RetryableError)) throw trouble;
    const about = { remaining, ...(trouble.retryAfterMs !== undefined && { retryAfterMs: trouble.retryAfterMs }) };
    const ErrorClass = trouble.constructor as typeof RetryableError;
    throw new ErrorClass(messageOf(trouble), about);
  }

  private *documents(from: number, to: number): Generator<string> {
    for (let i = from; i < to; i++) yield this.documentAt(i);
  }

  private documentAt(i: number): string {
    const { batch } = this;
    const { cursor, realtimeUs, start, end } = readHead(batch, i);
    return this.options.toDocument({ line: batch.bytes.toString('utf8', start, end - 1), cursor, realtimeUs });
  }
}

type Refused = Extract<Outcome, { kind: 'failed' | 'too large' }>;

function reasonOf(outcome: Refused): string {
  if (outcome.kind === 'too large') return 'it, or a proxy before it, answered 413: the document is too large';
  return outcome.isDocuments ? 'it refused the document as invalid data' : 'it took the document and did not store it';
}

/** One request of its own id: an id that is used twice makes Gulp lose the documents. */
async function sendDocuments(
  documents: Iterable<string>,
  count: number,
  { client, operationId, parameters, verifies, verifyTimeoutMs, slots }: ShippingOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const requestId = randomUUID();
  // Made only now, and let go of when Gulp has it: many requests wait at one time.
  await slots.use(operationId, signal, async (writer) => {
    const query = { operation_id: operationId, plugin: 'raw', ws_id: 'not_supported', req_id: requestId, last: 'true' };
    const bytes = writer.write(parameters, documents);
    await client.call({ method: 'POST', path: '/ingest_raw', query, bytes }, signal);
  });
  if (!verifies) return { kind: 'stored' };
  return waitForCounters(client, { requestId, count, timeoutMs: verifyTimeoutMs }, signal);
}

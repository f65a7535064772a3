import { AuthenticationError, NotConnectedError, messageOf } from '../../errors.ts';
import type { Batch, Sender, SenderContext } from '../sender.ts';
import { FILTER_PATH, readBulkAnswer } from './bulk-answer.ts';
import { BulkWriter } from './bulk-request.ts';
import type { BulkRequest } from './bulk-request.ts';
import { createAsker } from './client.ts';
import type { Asker } from './client.ts';
import { Failure } from './failure.ts';
import { installTemplate } from './index-template.ts';
import { KindIndices } from './kind-indices.ts';
import { namingOf } from './naming.ts';
import type { Naming } from './naming.ts';
import { ENGINE_NAMES } from './options.ts';
import type { Engine, SearchOptions } from './options.ts';
import { RequestLimit } from './request-limit.ts';
import { deleteOldIndices } from './retention.ts';
import { Shipment } from './shipment.ts';
import { greet } from './greeting.ts';
import { WholeRefusals } from './whole-refusals.ts';

const TOO_LARGE_REASON = 'it is larger than the server takes (413); raise http.max_content_length there';
const MAINTENANCE_INTERVAL_MS = 60 * 60_000;

/** Makes a sender for one cluster of either engine. */
export function createSearchSender(engine: Engine, options: SearchOptions, context: SenderContext): Sender {
  return new SearchSender(engine, options, context);
}

/** Bulk requests to one cluster, a few at a time. */
class SearchSender implements Sender {
  private readonly options: SearchOptions;
  private readonly context: SenderContext;
  private readonly naming: Naming;
  /** The cluster in messages: never with a login. */
  private readonly destination: string;
  /** One for each request under way. */
  private readonly writers = new Map<number, BulkWriter>();
  private asker: Asker | undefined;
  private isTemplateInstalled = false;
  private readonly limit: RequestLimit;
  private readonly refusals: WholeRefusals;
  private readonly kindIndices = new KindIndices();
  private maintainedMs = -Infinity;

  constructor(engine: Engine, options: SearchOptions, context: SenderContext) {
    this.options = options;
    this.context = context;
    this.naming = namingOf(options);
    this.destination = `${ENGINE_NAMES[engine]} at ${[options.url].flat().map(placeOf).join(', ')}`;
    this.limit = new RequestLimit(options.max_batch_bytes);
    this.refusals = new WholeRefusals([options.url].flat().length, (body, signal) => this.ask(body, signal));
  }

  /** Without installing the index template. */
  async probe(signal: AbortSignal): Promise<void> {
    const asker = await createAsker(this.options);
    try {
      await this.explained(() => greet(asker, signal));
    } finally {
      await asker.close();
    }
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    const asker = await createAsker(this.options);
    this.asker = asker;
    await this.explained(async () => {
      await greet(asker, signal);
      if (!this.isTemplateInstalled) await installTemplate(asker, this.naming, this.context.log, signal);
      this.isTemplateInstalled = true;
    });
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    const { asker } = this;
    if (asker === undefined) throw new NotConnectedError(`${this.destination}: not connected`);
    const shipment = new Shipment(batch, this.kindIndices);
    const lanes = Array.from({ length: this.options.in_flight }, (_, lane) =>
      this.sendBy(lane, shipment, batch, signal),
    );
    // All of them, as the batch is not valid any longer once this has settled.
    const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    shipment.conclude(this.destination);
  }

  async close(): Promise<void> {
    const { asker } = this;
    this.asker = undefined;
    await asker?.close();
  }

  /** Once an hour: deletes indices that are too old. */
  async maintain(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    if (this.asker === undefined || now - this.maintainedMs < MAINTENANCE_INTERVAL_MS) return;
    this.maintainedMs = now;
    const { index_prefix: prefix, index_days_max: daysMax } = this.options;
    try {
      await deleteOldIndices(this.asker, { naming: this.naming, prefix, daysMax }, this.context.log, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.context.log.warn(`cannot look for old indices: ${messageOf(error)}.`, 'retention');
    }
  }

  /** Sends one request after the other until nothing is left or one has failed. */
  private async sendBy(lane: number, shipment: Shipment, batch: Batch, signal: AbortSignal): Promise<void> {
    for (;;) {
      const request = shipment.next((numbers) => this.writerOf(lane).write(batch, numbers, this.shareOf(batch)));
      if (request === undefined) return;
      try {
        const answer = await this.ask(request.body, signal);
        this.limit.answered(request.body.length);
        const stored = shipment.settle(request, readBulkAnswer(answer, request.numbers.length));
        if (stored !== undefined) this.refusals.stored(this.writerOf(lane).write(batch, stored, 0));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        // Its buffer may still be read from: what was given up is perhaps not yet off the wire.
        this.writers.delete(lane);
        if (error.kind === 'too large') this.tooLarge(request, shipment);
        else if (error.isAboutContent) await this.refusals.judge(request, error, shipment, signal);
        else this.failed(request, error, shipment);
      }
    }
  }

  /** The size of requests at which all of those that may be under way have work to the end of a large batch. */
  private shareOf({ ends }: Batch): number {
    const bytes = ends.at(-1)!;
    const most = this.limit.bytes;
    if (bytes <= most) return most;
    const lanes = this.options.in_flight;
    const requests = lanes * Math.ceil(bytes / (lanes * most));
    return Math.min(most, Math.ceil(bytes / requests));
  }

  private writerOf(lane: number): BulkWriter {
    const writer = this.writers.get(lane) ?? new BulkWriter(this.naming, this.limit.bytes);
    this.writers.set(lane, writer);
    return writer;
  }

  private ask(body: Buffer, signal: AbortSignal): Promise<unknown> {
    const { pipeline } = this.options;
    const query = { filter_path: FILTER_PATH, ...(pipeline !== undefined && { pipeline }) };
    return this.asker!.ask({ method: 'POST', path: '/_bulk', query, lines: body }, signal);
  }

  private tooLarge(request: BulkRequest, shipment: Shipment): void {
    const { body, numbers } = request;
    shipment.halve(request, TOO_LARGE_REASON);
    if (numbers.length === 1) return;
    this.limit.tooLarge(body.length);
    this.context.log.warn(
      `${this.destination} finds requests of ${body.length} bytes too large; sending at most ${this.limit.bytes}. "max_batch_bytes" can be set so.`,
      'too-large-request',
    );
  }

  private failed({ body }: BulkRequest, failure: Failure, shipment: Shipment): void {
    const isFirst = shipment.fail(failure);
    if (!isFirst || failure.kind !== 'gone' || failure.status !== undefined || !this.limit.lost(body.length)) return;
    this.context.log.warn(
      `${this.destination} has left requests of ${body.length} bytes unanswered again and again; perhaps they are too large for something on the way. Sending at most ${this.limit.bytes}.`,
      'lost-request',
    );
  }

  private async explained(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      throw error instanceof Failure ? this.notConnected(error) : error;
    }
  }

  private notConnected({ kind, message, retryAfterMs }: Failure): NotConnectedError {
    const text = `${this.destination}: ${message}`;
    const about = retryAfterMs === undefined ? {} : { retryAfterMs };
    return kind === 'denied' ? new AuthenticationError(text, about) : new NotConnectedError(text, about);
  }
}

function placeOf(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

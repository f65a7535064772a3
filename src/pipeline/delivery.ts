import { messageOf, NotConnectedError, RetryableError } from '../errors.ts';
import type { Batch, Position, Sender } from '../senders/sender.ts';
import type { Log } from '../telemetry/log.ts';
import { Backoff, pause } from '../backoff.ts';
import { Queue, type HeldBatch, type Payloads, type QueueLimits } from './queue.ts';

export interface DeliveryOptions {
  /** The sender's name in the config. */
  readonly name: string;
  readonly limits: QueueLimits;
  /** How long an entry may wait for company before its batch is sent. */
  readonly maxBatchAgeMs: number;
  readonly log: Log;
  /** Makes the sender; may fail and is then tried again. */
  createSender(): Promise<Sender>;
  /** The destination has accepted all up to and including this position. */
  acknowledged(position: Position, count: number, bytes: number): void;
  /** The queue has room again, or nothing is left in it. */
  drained(): void;
}

/** Of a delivery's connection, for the state file and for people. */
export interface Health {
  status: 'connected' | 'disconnected' | 'stopped';
  sinceMs: number;
  /** The last few errors, the newest last; the first one of a bad time is kept. */
  errors: string[];
  /** Of the attempt that failed last, with its time in ms since 1970. */
  lastError: { readonly message: string; readonly timeMs: number } | undefined;
}

/** What a delivery counts. */
export interface DeliveryCounts {
  sentEntries: number;
  sentBytes: number;
  batches: number;
  /** Attempts that failed. */
  retries: number;
  /** The sender could not be made yet. */
  hasFailedToStart: boolean;
  /** In ms of `performance.now()`. */
  lastSentMs: number | undefined;
  /** Errors that no sender should throw, by class. */
  exceptions: Record<string, number>;
}

const BACKOFF = { baseMs: 250, maxMs: 30_000 };
const MAX_ERRORS = 8;
const MAX_LAST_ERROR = 1000;
/** A batch as large as this means load. */
const BUSY_BATCH_BYTES = 256 * 1024;
const BUSY_PATIENCE_MS = 25;

/** One sender's queue and the loop that sends it: one batch in flight, sent again until it is settled, then acknowledged. */
export class Delivery {
  readonly name: string;
  readonly queue: Queue;
  readonly health: Health = { status: 'disconnected', sinceMs: Date.now(), errors: [], lastError: undefined };
  /** What has happened since the start. */
  readonly counts: DeliveryCounts = {
    sentEntries: 0,
    sentBytes: 0,
    batches: 0,
    retries: 0,
    hasFailedToStart: false,
    lastSentMs: undefined,
    exceptions: {},
  };
  private readonly options: DeliveryOptions;
  private readonly stopping = new AbortController();
  private readonly backoff = new Backoff(BACKOFF);
  /** Undefined until it could be made. */
  sender: Sender | undefined;
  private isConnected = false;
  private isDraining = false;
  private isSending = false;
  private isBusy = false;
  private wake: () => void = () => undefined;
  private loop: Promise<void> | undefined;

  constructor(options: DeliveryOptions) {
    this.name = options.name;
    this.options = options;
    this.queue = new Queue(options.limits);
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Takes over what a Block holds for this sender. */
  push(payloads: Payloads): void {
    this.queue.push(payloads, performance.now());
    this.wake();
  }

  /** All that was pushed is settled. */
  get isIdle(): boolean {
    return this.queue.isEmpty && !this.isSending;
  }

  /** From now on batches are sent without waiting for company. */
  drain(): void {
    this.isDraining = true;
    this.wake();
  }

  /** Ends the loop, in the middle of a batch if need be; what is not acknowledged will be read again. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.loop;
    this.setStatus('stopped');
  }

  reopen(): void {
    this.sender?.reopen?.();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    // Connecting before the first entry shows a wrong destination at once.
    if (!signal.aborted) await this.attempt(() => this.connect());
    while (!signal.aborted) {
      const batch = await this.nextBatch();
      if (batch === undefined) continue;
      this.isBusy = (batch.ends.at(-1) ?? 0) >= BUSY_BATCH_BYTES;
      if (await this.settle(batch)) this.acknowledge(batch);
      this.isSending = false;
      this.queue.release(batch);
      this.options.drained();
    }
    await this.close();
  }

  /** The next batch; undefined when the delivery is stopped, or woken to look again. */
  private async nextBatch(): Promise<HeldBatch | undefined> {
    const age = this.batchAgeMs();
    const batch = this.queue.take(performance.now() - age);
    // At once, or for a turn of the event loop it would look as if all were settled.
    this.isSending = batch !== undefined;
    if (batch !== undefined) return batch;
    const since = this.queue.waitingSinceMs;
    await new Promise<void>((resolve) => {
      const timer = since === undefined ? undefined : setTimeout(resolve, Math.max(0, since + age - performance.now()));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
    return undefined;
  }

  /** Under load the next entries are near: a little patience makes batches larger and each entry cheaper. */
  private batchAgeMs(): number {
    if (this.isDraining) return 0;
    return this.isBusy ? Math.max(BUSY_PATIENCE_MS, this.options.maxBatchAgeMs) : this.options.maxBatchAgeMs;
  }

  /** Sends until the destination has taken it; false when the delivery was stopped before. */
  private async settle(batch: Batch): Promise<boolean> {
    if (batch.ends.length === 0) return true;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const isSent = await this.attempt(async () => {
        await this.connect();
        await this.sender!.send(batch, signal);
      });
      if (isSent) return true;
    }
    return false;
  }

  private async connect(): Promise<void> {
    this.counts.hasFailedToStart = this.sender === undefined;
    this.sender ??= await this.options.createSender();
    this.counts.hasFailedToStart = false;
    if (this.isConnected) return;
    await this.sender.connect(this.stopping.signal);
    this.isConnected = true;
    this.setStatus('connected');
  }

  /** Does it; when it fails, says so, waits and returns false. */
  private async attempt(action: () => Promise<void>): Promise<boolean> {
    const { signal } = this.stopping;
    try {
      await action();
      if (this.backoff.attempts > 0) this.recovered();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const retryAfterMs = this.failed(error);
      await pause(Math.max(retryAfterMs, this.backoff.nextMs()), signal);
      return false;
    }
  }

  private failed(error: unknown): number {
    const isExpected = error instanceof RetryableError;
    this.counts.retries++;
    if (!isExpected) this.countException(error);
    if (!isExpected || error instanceof NotConnectedError) this.isConnected = false;
    this.setStatus('disconnected');
    this.remember(messageOf(error));
    const stack = isExpected || !(error instanceof Error) ? '' : ` ${error.stack ?? ''}`;
    this.options.log.error(`${messageOf(error)}; trying again, nothing is lost.${stack}`, messageOf(error));
    return isExpected ? (error.retryAfterMs ?? 0) : 0;
  }

  private countException(error: unknown): void {
    const name = error instanceof Error ? error.constructor.name : typeof error;
    this.counts.exceptions[name] = (this.counts.exceptions[name] ?? 0) + 1;
  }

  private recovered(): void {
    this.options.log.info('delivers again.', 'recovered');
    this.backoff.reset();
    this.setStatus('connected');
    this.health.errors.length = 0;
  }

  private remember(error: string): void {
    const { errors } = this.health;
    this.health.lastError = { message: error.slice(0, MAX_LAST_ERROR), timeMs: Date.now() };
    const short = error.slice(0, 128);
    if (errors.at(-1) === short) return;
    if (errors.length >= MAX_ERRORS) errors.splice(1, 1);
    errors.push(short);
  }

  private setStatus(status: Health['status']): void {
    if (this.health.status === status) return;
    this.health.status = status;
    this.health.sinceMs = Date.now();
  }

  private acknowledge(batch: Batch): void {
    const count = batch.ends.length;
    const bytes = batch.ends.at(-1) ?? 0;
    if (count > 0) {
      this.counts.sentEntries += count;
      this.counts.sentBytes += bytes;
      this.counts.batches++;
      this.counts.lastSentMs = performance.now();
    }
    this.options.acknowledged(batch.last, count, bytes);
  }

  private async close(): Promise<void> {
    try {
      await this.sender?.close();
    } catch (error) {
      this.options.log.warn(`closing failed: ${messageOf(error)}.`);
    }
  }
}

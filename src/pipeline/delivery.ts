import { messageOf } from '../errors.ts';
import type { Batch, Position, Sender } from '../senders/sender.ts';
import type { Log } from '../telemetry/log.ts';
import { Breaker } from './breaker.ts';
import { Connection } from './connection.ts';
import { newCounts, type DeliveryCounts } from './counts.ts';
import { notKept, type DeadLetters } from './dead-letters.ts';
import { newHealth, setStatus, type Health, type HealthError } from './health.ts';
import { Queue, type HeldBatch, type Payloads, type QueueLimits } from './queue.ts';
import { settle, type Settled } from './settle.ts';

export interface DeliveryOptions {
  /** The sender's name in the config. */
  readonly name: string;
  readonly limits: QueueLimits;
  /** How long an entry may wait for company before its batch is sent. */
  readonly maxBatchAgeMs: number;
  /** Likewise under load, if that is longer. */
  readonly busyBatchAgeMs?: number | undefined;
  readonly log: Log;
  /** Where payloads go that the destination has refused for good; without it only the log tells of them. */
  readonly deadLetters?: DeadLetters | undefined;
  /** Errors of earlier runs. */
  readonly lastErrors?: readonly HealthError[] | undefined;
  /** Makes the sender; may fail and is then tried again. */
  readonly createSender: () => Promise<Sender>;
  /** All up to and including this position is settled: so many entries and bytes of it the destination has accepted. */
  acknowledged(position: Position, count: number, bytes: number): void;
  /** The queue has room again, or nothing is left in it. */
  drained(): void;
}

/** A batch as large as this means load. */
const BUSY_BATCH_BYTES = 256 * 1024;
const BUSY_PATIENCE_MS = 25;

/** One sender's queue and the loop that sends it: one batch in flight, sent again until it is settled, then acknowledged. */
export class Delivery {
  readonly name: string;
  readonly queue: Queue;
  readonly health: Health;
  /** What has happened since the start. */
  readonly counts: DeliveryCounts = newCounts();
  private readonly options: DeliveryOptions;
  private readonly stopping = new AbortController();
  private readonly connection: Connection;
  private readonly breaker = new Breaker();
  private isDraining = false;
  private isSending = false;
  private sendingSinceMs = 0;
  private isBusy = false;
  private wake: () => void = () => undefined;
  private loop: Promise<void> | undefined;
  private maintenance: Promise<void> | undefined;

  constructor(options: DeliveryOptions) {
    this.name = options.name;
    this.options = options;
    this.queue = new Queue(options.limits);
    this.health = newHealth(options.lastErrors);
    const { health, counts, stopping } = this;
    const { log, createSender } = options;
    this.connection = new Connection({ log, health, counts, signal: stopping.signal, createSender });
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

  /** For how long it has been sending the batch in flight; 0 without one. */
  get inFlightMs(): number {
    return this.isSending ? performance.now() - this.sendingSinceMs : 0;
  }

  /** For how long it has had something to do and neither done it, nor told of trouble, nor waited as the last error said. */
  get silentMs(): number {
    const dueMs = (this.queue.waitingSinceMs ?? Infinity) + this.batchAgeMs();
    const sinceMs = this.isSending ? this.sendingSinceMs : dueMs;
    return Math.max(0, performance.now() - Math.max(sinceMs, this.health.signMs, this.connection.waitsUntilMs));
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
    setStatus(this.health, 'stopped');
  }

  /** Undefined until it could be made. */
  get sender(): Sender | undefined {
    return this.connection.sender;
  }

  reopen(): void {
    this.connection.reopen();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    // Connecting before the first entry shows a wrong destination at once.
    if (!signal.aborted) await this.connect();
    while (!signal.aborted) {
      const batch = await this.nextBatch();
      if (batch === undefined) continue;
      this.isBusy = (batch.ends.at(-1) ?? 0) >= BUSY_BATCH_BYTES;
      const settled = await this.settle(batch);
      if (settled === undefined) break; // stopped: what is in flight still counts as not settled
      this.acknowledge(batch, settled);
      this.isSending = false;
      this.queue.release(batch);
      this.options.drained();
      this.maintain();
    }
    await this.maintenance;
    await this.connection.close();
  }

  /** The next batch; undefined when the delivery is stopped, or woken to look again. */
  private async nextBatch(): Promise<HeldBatch | undefined> {
    const age = this.batchAgeMs();
    const batch = this.queue.take(performance.now() - age);
    // At once, or for a turn of the event loop it would look as if all were settled.
    this.isSending = batch !== undefined;
    this.sendingSinceMs = performance.now();
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
    const { maxBatchAgeMs, busyBatchAgeMs = BUSY_PATIENCE_MS } = this.options;
    return this.isBusy ? Math.max(busyBatchAgeMs, maxBatchAgeMs) : maxBatchAgeMs;
  }

  private async connect(): Promise<void> {
    try {
      await this.connection.open();
    } catch (error) {
      if (!this.stopping.signal.aborted) await this.connection.failed(error);
    }
  }

  private async settle(batch: Batch): Promise<Settled | undefined> {
    const { connection, health, counts } = this;
    const { log, deadLetters = notKept } = this.options;
    return settle(batch, {
      connection,
      breaker: this.breaker,
      deadLetters,
      log,
      health,
      counts,
      signal: this.stopping.signal,
    });
  }

  /** Lets the sender do its chores while the next batch is sent; those that fail are told, and hold up nothing. */
  private maintain(): void {
    const { sender } = this;
    const { signal } = this.stopping;
    if (sender?.maintain === undefined || signal.aborted) return;
    this.maintenance ??= sender
      .maintain(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.options.log.warn(`its chores failed: ${messageOf(error)}.`, 'maintain');
      })
      .finally(() => (this.maintenance = undefined));
  }

  private acknowledge(batch: Batch, { entries, bytes }: Settled): void {
    if (entries > 0) {
      this.counts.sentEntries += entries;
      this.counts.sentBytes += bytes;
      this.counts.batches++;
      this.counts.lastSentMs = performance.now();
    }
    this.options.acknowledged(batch.last, entries, bytes);
  }
}

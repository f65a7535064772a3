import { Backoff, pause } from '../backoff.ts';
import { AuthenticationError, messageOf, NotConnectedError, RetryableError } from '../errors.ts';
import type { Sender } from '../senders/sender.ts';
import type { Log } from '../telemetry/log.ts';
import type { DeliveryCounts } from './counts.ts';
import { recordProgress, recordRecovery, recordTrouble, setStatus, type Health } from './health.ts';

export interface ConnectionOptions {
  readonly log: Log;
  readonly health: Health;
  readonly counts: DeliveryCounts;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** Makes the sender; may fail and is then tried again. */
  readonly createSender: () => Promise<Sender>;
}

const BACKOFF = { baseMs: 250, maxMs: 30_000 };
/** Somebody has to act: to ask more often would only get us locked out. Up to five minutes in all. */
const AUTHENTICATION_MS = 30_000;
const AUTHENTICATION_BACKOFF = { baseMs: 30_000, maxMs: 270_000 };
/** However long a destination asks to be left alone. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** A sender kept connected, and the patience with it: it says what failed, waits, and says when that is over. */
export class Connection {
  private readonly options: ConnectionOptions;
  private readonly backoff = new Backoff(BACKOFF);
  private readonly slowBackoff = new Backoff(AUTHENTICATION_BACKOFF);
  /** Undefined until it could be made. */
  sender: Sender | undefined;
  private isConnected = false;
  /** Until then it waits, as the last error has said; in ms of `performance.now()`. */
  waitsUntilMs = 0;

  constructor(options: ConnectionOptions) {
    this.options = options;
  }

  /** The sender, made and connected if it is not yet. Throws what its sender throws. */
  async open(): Promise<Sender> {
    const { counts, health, signal } = this.options;
    counts.hasFailedToStart = this.sender === undefined;
    this.sender ??= await this.options.createSender();
    counts.hasFailedToStart = false;
    if (this.isConnected) return this.sender;
    await this.sender.connect(signal);
    this.isConnected = true;
    setStatus(health, 'connected');
    return this.sender;
  }

  /** The destination has answered as it should. */
  worked(): void {
    this.options.health.signMs = performance.now();
    if (this.options.health.trouble === undefined) return;
    this.options.log.info('delivers again.', 'recovered');
    this.progressed();
    recordRecovery(this.options.health);
  }

  /** It took a part: the waits begin short again. */
  progressed(): void {
    this.backoff.reset();
    this.slowBackoff.reset();
    recordProgress(this.options.health);
  }

  /** Takes down and says what failed, and waits before the next attempt. */
  async failed(error: unknown): Promise<void> {
    const { counts, health, signal, log } = this.options;
    const isExpected = error instanceof RetryableError;
    counts.retries++;
    if (!isExpected) countException(counts, error);
    if (!isExpected || error instanceof NotConnectedError) this.isConnected = false;
    recordTrouble(health, error);
    log.error(sentenceFor(error), (isExpected ? error.kind : undefined) ?? messageOf(error));
    const ms = this.waitMs(error);
    this.waitsUntilMs = performance.now() + ms;
    await pause(ms, signal);
  }

  reopen(): void {
    this.sender?.reopen?.();
  }

  async close(): Promise<void> {
    try {
      await this.sender?.close();
    } catch (error) {
      this.options.log.warn(`closing failed: ${messageOf(error)}.`);
    }
  }

  private waitMs(error: unknown): number {
    if (error instanceof AuthenticationError) return AUTHENTICATION_MS + this.slowBackoff.nextMs();
    const asked = error instanceof RetryableError ? (error.retryAfterMs ?? 0) : 0;
    const ownMs = this.backoff.nextMs();
    return asked > 0 ? Math.max(ownMs, Math.min(asked, MAX_RETRY_AFTER_MS)) : ownMs;
  }
}

function sentenceFor(error: unknown): string {
  const message = messageOf(error);
  if (error instanceof AuthenticationError) {
    return `${message}; somebody must act: it will be tried again every few minutes until then, nothing is lost.`;
  }
  const stack = error instanceof RetryableError || !(error instanceof Error) ? '' : ` ${error.stack ?? ''}`;
  return `${message}; trying again, nothing is lost.${stack}`;
}

function countException(counts: DeliveryCounts, error: unknown): void {
  const name = error instanceof Error ? error.constructor.name : typeof error;
  counts.exceptions[name] = (counts.exceptions[name] ?? 0) + 1;
}

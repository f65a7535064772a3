import { AuthenticationError, NotConnectedError, RejectedError, RetryableError } from '../../errors.ts';
import type { Rejection } from '../../errors.ts';
import type { Batch } from '../sender.ts';
import type { Item, Verdict } from './bulk-answer.ts';
import { verdictOn } from './bulk-answer.ts';
import type { BulkRequest } from './bulk-request.ts';
import type { Failure, FailureKind } from './failure.ts';
import { maskQuotes, reasonWithout } from './reason.ts';

/** Somebody has to do something first: asking more often than this does not help. */
const BLOCKED_RETRY_MS = 5_000;
const MAX_NAMED_REASON = 300;
const HEAD_END = 0x0a;

/** The worst first: what one failed send is told by. */
const SEVERITY: readonly (Verdict | FailureKind)[] = ['denied', 'gone', 'blocked', 'refused', 'busy'];

interface Trouble {
  readonly kind: Verdict | FailureKind;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

/** One batch on its way: which payloads are still to be sent, which are settled, and what went wrong. */
export class Shipment {
  private readonly batch: Batch;
  private readonly isStored: Uint8Array;
  private readonly rejections = new Map<number, string>();
  private readonly spans: Uint32Array[];
  private trouble: Trouble | undefined;
  private isStopped = false;

  constructor(batch: Batch) {
    this.batch = batch;
    this.isStored = new Uint8Array(batch.ends.length);
    this.spans = [batch.ends.map((_, number) => number)];
  }

  /** Makes the next request by `write`, which says how many it took; undefined when nothing is left to be sent now. */
  next(write: (numbers: Uint32Array) => BulkRequest): BulkRequest | undefined {
    const numbers = this.isStopped ? undefined : this.spans.pop();
    if (numbers === undefined) return undefined;
    const request = write(numbers);
    if (request.numbers.length < numbers.length) this.spans.push(numbers.subarray(request.numbers.length));
    return request;
  }

  /** The request was answered. */
  settle({ numbers }: BulkRequest, items: readonly Item[]): void {
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      const item = items[i]!;
      const verdict = verdictOn(item);
      if (verdict === 'stored') this.isStored[number] = 1;
      else if (verdict === 'refused') this.reject(number, item);
      else this.note(troubleOf(verdict, item));
    }
  }

  /** The request was too large: its halves are sent; one payload alone is refused. */
  halve({ numbers }: BulkRequest): void {
    if (numbers.length === 1) {
      this.rejections.set(numbers[0]!, 'it is larger than the server takes (413); raise http.max_content_length there');
      return;
    }
    const middle = Math.ceil(numbers.length / 2);
    this.spans.push(numbers.subarray(middle), numbers.subarray(0, middle));
  }

  /** The request failed as a whole: nothing more is sent, as the next would fail, too. */
  fail({ kind, message, retryAfterMs }: Failure): void {
    this.isStopped = true;
    this.note({ kind, message, retryAfterMs: kind === 'refused' ? BLOCKED_RETRY_MS : retryAfterMs });
  }

  /** Returns when all is stored; else throws what the delivery understands. */
  conclude(destination: string): void {
    const remaining = Array.from(this.isStored.keys()).filter(
      (number) => this.isStored[number] === 0 && !this.rejections.has(number),
    );
    if (this.rejections.size > 0) throw this.rejected(destination, remaining);
    if (remaining.length === 0) return;
    const { kind, message, retryAfterMs } = this.trouble!;
    const text = `${destination}: ${message}`;
    const about = { remaining, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    if (kind === 'denied') throw new AuthenticationError(text, about);
    throw kind === 'gone' ? new NotConnectedError(text, about) : new RetryableError(text, about);
  }

  private rejected(destination: string, remaining: readonly number[]): RejectedError {
    const rejected: Rejection[] = [...this.rejections].map(([index, reason]) => ({ index, reason }));
    rejected.sort((a, b) => a.index - b.index);
    const [first] = rejected;
    return new RejectedError(`${destination} refused entries for good: ${first!.reason}`, rejected, { remaining });
  }

  private reject(number: number, { type, reason, status }: Item): void {
    const { bytes, ends } = this.batch;
    const head = number === 0 ? 0 : ends[number - 1]!;
    const payload = bytes.toString('utf8', bytes.indexOf(HEAD_END, head) + 1, ends[number]);
    this.rejections.set(number, reasonWithout(payload, type === '' ? String(status) : type, reason));
  }

  private note(trouble: Trouble): void {
    const rank = (kind: Trouble['kind']): number => SEVERITY.indexOf(kind);
    if (this.trouble === undefined || rank(trouble.kind) < rank(this.trouble.kind)) this.trouble = trouble;
  }
}

function troubleOf(kind: Verdict, { status, type, reason }: Item): Trouble {
  const told = `${status} ${type}: ${maskQuotes(reason).slice(0, MAX_NAMED_REASON)}`;
  if (kind === 'busy') return { kind, message: `it cannot take more at present (${status} ${type})` };
  if (kind === 'denied')
    return { kind, message: `it does not allow this (${told}); the user or key lacks a privilege for the index` };
  return {
    kind,
    message: `it takes no entries until somebody mends the index or the cluster (${told})`,
    retryAfterMs: BLOCKED_RETRY_MS,
  };
}

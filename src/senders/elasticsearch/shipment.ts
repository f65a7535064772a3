import { AuthenticationError, NotConnectedError, RejectedError, RetryableError } from '../../errors.ts';
import type { Rejection } from '../../errors.ts';
import type { Batch } from '../sender.ts';
import type { Item, Verdict } from './bulk-answer.ts';
import { verdictOn } from './bulk-answer.ts';
import type { BulkRequest } from './bulk-request.ts';
import type { Failure, FailureKind } from './failure.ts';
import type { KindIndices } from './kind-indices.ts';
import { maskQuotes, reasonWithout } from './reason.ts';

/** Somebody has to do something first: asking more often than this does not help. */
const BLOCKED_RETRY_MS = 5_000;
const MAX_NAMED_REASON = 300;
const HEAD_END = 0x0a;
/** So many entries, each refused alone while none was stored, mean that none will be. */
const MAX_SUSPECTS = 8;

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
  private readonly kind: KindIndices;
  private readonly isStored: Uint8Array;
  private readonly rejections = new Map<number, string>();
  private readonly spans: Uint32Array[];
  private trouble: Trouble | undefined;
  private isStopped = false;
  private suspects = 0;

  constructor(batch: Batch, kind: KindIndices) {
    this.batch = batch;
    this.kind = kind;
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

  /** The request was answered; returns one that is stored, in a list, if any is. */
  settle({ numbers, indices }: BulkRequest, items: readonly Item[]): Uint32Array | undefined {
    let stored = -1;
    const doubtful: number[] = [];
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      const item = items[i]!;
      const verdict = verdictOn(item);
      if (verdict === 'stored') {
        this.isStored[(stored = number)] = 1;
        this.kind.add(indices[i]!);
      } else if (verdict === 'refused') this.reject(number, item);
      else if (verdict === 'doubtful') doubtful.push(i);
      else this.note(troubleOf(verdict, item));
    }
    // After all others, as one of those may tell that the index takes entries.
    for (const i of doubtful) this.settleDoubtful(numbers[i]!, indices[i]!, items[i]!);
    return stored < 0 ? undefined : Uint32Array.of(stored);
  }

  /** An entry of the request is not taken, or all are too many: its halves are sent; one alone is refused with this reason. */
  halve({ numbers }: BulkRequest, reason: string): void {
    if (numbers.length === 1) {
      this.rejections.set(numbers[0]!, reasonWithout(this.payload(numbers[0]!), '', reason));
      return;
    }
    const middle = Math.ceil(numbers.length / 2);
    this.spans.push(numbers.subarray(middle), numbers.subarray(0, middle));
  }

  /**
   * An entry of the request is not taken, or none ever would be: its halves are sent; one alone is left for the next time.
   * False when that was so for many: then nothing speaks for an entry.
   */
  suspect(request: BulkRequest, { kind, message }: Failure): boolean {
    if (request.numbers.length > 1) this.halve(request, message);
    else this.note({ kind, message: reasonWithout(this.payload(request.numbers[0]!), '', message) });
    return request.numbers.length > 1 || ++this.suspects < MAX_SUSPECTS;
  }

  /** The request failed as a whole: nothing more is sent, as the next would fail, too. False when one had failed before. */
  fail({ kind, message, retryAfterMs }: Failure): boolean {
    const isFirst = !this.isStopped;
    this.isStopped = true;
    this.note({ kind, message, retryAfterMs: kind === 'refused' ? BLOCKED_RETRY_MS : retryAfterMs });
    return isFirst;
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
    this.rejections.set(number, reasonWithout(this.payload(number), type === '' ? String(status) : type, reason));
  }

  /** An index that takes others refuses this one; as long as it has taken none it may well refuse all. */
  private settleDoubtful(number: number, index: string, item: Item): void {
    if (this.kind.has(index)) {
      this.reject(number, item);
      return;
    }
    const told = reasonWithout(this.payload(number), `${item.status} ${item.type}`, item.reason);
    const message = `the index "${index}" has taken no entry yet and refuses them (${told}); mend the index, its template or the pipeline`;
    this.note({ kind: 'blocked', message, retryAfterMs: BLOCKED_RETRY_MS });
  }

  private payload(number: number): string {
    const { bytes, ends } = this.batch;
    const head = number === 0 ? 0 : ends[number - 1]!;
    return bytes.toString('utf8', bytes.indexOf(HEAD_END, head) + 1, ends[number]);
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

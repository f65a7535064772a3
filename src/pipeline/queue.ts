import type { Batch, Position } from '../senders/sender.ts';

/** Payloads of one Block for one sender: payload i is `bytes[ends[i-1], ends[i])`, 0 long when the entry was dropped. */
export interface Payloads {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
  readonly count: number;
  /** Cursor and time of entry i of the Block. */
  positionOf(i: number): Position;
}

/** What a queue may hold; may change while it is used. */
export interface QueueLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly batchMaxEntries: number;
  readonly batchMaxBytes: number;
}

/** A batch that was taken from the queue and is held in it until it is released. */
export interface HeldBatch extends Batch {
  /** How many entries it accounts for, those without payload included. */
  readonly span: number;
}

/** A batch as the queue holds it, open for more until it is sealed. */
interface OpenBatch {
  span: number;
  bytes: Buffer;
  length: number;
  ends: Uint32Array;
  count: number;
  last: Position | undefined;
  /** When its first payload came, in ms of `performance.now()`. */
  sinceMs: number;
}

const INITIAL_ENDS = 1024;
const SPARE_BUFFERS = 2;
const SMALL_BATCH_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * The entries a delivery has still to send, as ready-made batches. Bounded: when it is full the feed waits, so at
 * most one Block is ever added beyond the limits. An entry without payload moves only the position.
 */
export class Queue {
  private readonly limits: QueueLimits;
  private readonly sealed: OpenBatch[] = [];
  private open: OpenBatch | undefined;
  private spares: Buffer[] = [];
  /** Entries and bytes held, those of the batch in flight included. */
  entries = 0;
  bytes = 0;
  /** Batches that are taken and not released. */
  private held = 0;
  /** Entries not accounted for yet, those without payload included. */
  pending = 0;

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  get isFull(): boolean {
    return this.entries >= this.limits.maxEntries || this.bytes >= this.limits.maxBytes;
  }

  /** A destination that leaves so much free keeps up. */
  get isHalfEmpty(): boolean {
    return this.entries * 2 <= this.limits.maxEntries && this.bytes * 2 <= this.limits.maxBytes;
  }

  /** How many entries may still come before it is full. */
  get room(): number {
    return this.isFull ? 0 : this.limits.maxEntries - this.entries;
  }

  /** Nothing is waiting to be taken. */
  get isEmpty(): boolean {
    return this.sealed.length === 0 && this.open === undefined;
  }

  /** Nothing of it is being sent or ready to be, and it could take more. */
  get isHungry(): boolean {
    return this.held === 0 && this.sealed.length === 0 && !this.isFull;
  }

  /** Takes over all payloads of a Block, and its position. */
  push(payloads: Payloads, nowMs: number): void {
    const { ends, count } = payloads;
    let from = 0;
    while (from < count) {
      const batch = this.batchWithRoom(ends[from]! - startOf(ends, from), nowMs);
      const to = this.fitting(batch, payloads, from);
      this.append(batch, payloads, from, to);
      batch.span += to - from;
      this.pending += to - from;
      from = to;
      batch.last = payloads.positionOf(to - 1);
    }
  }

  /** The oldest batch, if it is sealed or its first entry came before `dueMs`; it counts as held until `release`. */
  take(dueMs: number): HeldBatch | undefined {
    const batch = this.sealed.shift() ?? this.takeOpen(dueMs);
    if (batch === undefined) return undefined;
    const { bytes, span } = batch;
    this.held++;
    return { bytes, ends: batch.ends.subarray(0, batch.count), last: batch.last!, span };
  }

  /** When the open batch, if it is the oldest, began to wait, in ms of `performance.now()`. */
  get waitingSinceMs(): number | undefined {
    return this.sealed.length > 0 ? -Infinity : this.open?.sinceMs;
  }

  /** The batch is settled: its room is free again. */
  release(batch: HeldBatch): void {
    this.held--;
    this.pending -= batch.span;
    this.entries -= batch.ends.length;
    this.bytes -= batch.ends.at(-1) ?? 0;
    this.keep(batch.bytes);
  }

  /** Drops all that is not in flight; it is in the journal behind the checkpoint. */
  clear(): void {
    for (const batch of [...this.sealed, ...(this.open ? [this.open] : [])]) {
      this.pending -= batch.span;
      this.entries -= batch.count;
      this.bytes -= batch.length;
    }
    this.sealed.length = 0;
    this.open = undefined;
  }

  /** Those of batches, the small ones first. */
  private get sizes(): readonly number[] {
    const { batchMaxBytes } = this.limits;
    return [Math.min(SMALL_BATCH_BYTES, batchMaxBytes), batchMaxBytes];
  }

  private keep(bytes: Buffer): void {
    const { sizes } = this;
    const isOfUse = ({ length }: Buffer): boolean => sizes.includes(length);
    this.spares = this.spares.filter(isOfUse);
    const alike = this.spares.filter(({ length }) => length === bytes.length);
    if (isOfUse(bytes) && alike.length < SPARE_BUFFERS) this.spares.push(bytes);
  }

  private takeOpen(dueMs: number): OpenBatch | undefined {
    const batch = this.open;
    if (batch === undefined || (batch.sinceMs > dueMs && this.mayGetCompany(batch))) return undefined;
    this.open = undefined;
    return batch;
  }

  /** Without payloads there is nothing to wait for: the position can be acknowledged at once. */
  private mayGetCompany({ count, length }: OpenBatch): boolean {
    const { batchMaxBytes, batchMaxEntries } = this.limits;
    return count > 0 && count < batchMaxEntries && length < batchMaxBytes && !this.isFull;
  }

  private batchWithRoom(payloadBytes: number, nowMs: number): OpenBatch {
    const { batchMaxBytes, batchMaxEntries } = this.limits;
    const open = this.open;
    if (
      open !== undefined &&
      (open.count === 0 || (open.length + payloadBytes <= batchMaxBytes && open.count < batchMaxEntries))
    ) {
      if (open.count === 0) open.sinceMs = nowMs;
      return open;
    }
    if (open !== undefined) this.sealed.push(open);
    this.open = {
      bytes: EMPTY,
      length: 0,
      span: 0,
      ends: new Uint32Array(INITIAL_ENDS),
      count: 0,
      last: undefined,
      sinceMs: nowMs,
    };
    return this.open;
  }

  /** Up to which entry the payloads fit into the batch, at least one more. */
  private fitting(batch: OpenBatch, { ends, count }: Payloads, from: number): number {
    const { batchMaxBytes, batchMaxEntries } = this.limits;
    const base = batch.length - startOf(ends, from);
    const maxCount = Math.min(count, from + batchMaxEntries - batch.count);
    let to = from + 1;
    while (to < maxCount && base + ends[to]! <= batchMaxBytes) to++;
    return to;
  }

  private append(batch: OpenBatch, { bytes, ends }: Payloads, from: number, to: number): void {
    const start = startOf(ends, from);
    const end = ends[to - 1]!;
    this.reserve(batch, end - start);
    bytes.copy(batch.bytes, batch.length, start, end);
    if (batch.count + to - from > batch.ends.length) batch.ends = grown(batch.ends, batch.count + to - from);
    const shift = batch.length - start;
    let previous = start;
    const countBefore = batch.count;
    for (let i = from; i < to; i++) {
      if (ends[i] !== previous) batch.ends[batch.count++] = ends[i]! + shift;
      previous = ends[i]!;
    }
    batch.length += end - start;
    this.bytes += end - start;
    this.entries += batch.count - countBefore;
  }

  /** Small batches take small buffers, full ones a spare or a new one of the full size; a huge entry gets its own. */
  private reserve(batch: OpenBatch, count: number): void {
    const needed = batch.length + count;
    if (needed <= batch.bytes.length) return;
    const size = this.sizes.find((spareSize) => needed <= spareSize) ?? needed;
    const spare = this.spares.findIndex(({ length }) => length === size);
    const [bytes = Buffer.allocUnsafeSlow(size)] = spare < 0 ? [] : this.spares.splice(spare, 1);
    batch.bytes.copy(bytes, 0, 0, batch.length);
    if (batch.bytes.length > 0) this.keep(batch.bytes);
    batch.bytes = bytes;
  }
}

function startOf(ends: Uint32Array, i: number): number {
  return i === 0 ? 0 : ends[i - 1]!;
}

function grown(ends: Uint32Array, count: number): Uint32Array {
  const bigger = new Uint32Array(Math.max(count, ends.length * 2));
  bigger.set(ends);
  return bigger;
}

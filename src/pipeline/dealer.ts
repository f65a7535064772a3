import type { Block } from '../journal/block.ts';
import { ByteWriter } from '../transform/byte-writer.ts';
import { Encoder } from '../transform/encode.ts';
import type { EncoderOptions } from '../transform/encoder-options.ts';
import { Sealer } from '../transform/seal.ts';
import type { Payloads, Queue } from './queue.ts';
import type { Sieve, Test } from './sieve.ts';

/** A delivery as the feed sees it: how it wants its entries, and where to put them. */
export interface Subscriber {
  readonly queue: Queue;
  readonly encoding: EncoderOptions;
  /** Whether this sender wants an entry (its unit log levels). */
  readonly level: Level | undefined;
  push(payloads: Payloads): void;
  /** Entries were too large and replaced by stubs. */
  tooLarge(count: number): void;
  /** Entries were dropped by `level`. */
  dropped(count: number): void;
}

/** A sender's own test, with a name: senders whose tests have one name share one. */
export interface Level {
  readonly key: string;
  readonly passes: Test;
}

/** Deliveries that get the very same bytes, which are made once for all of them. */
interface Group {
  readonly encoder: Encoder;
  readonly passes: Test | undefined;
  readonly sealer: Sealer | undefined;
  readonly subscribers: Subscriber[];
}

/** Takes each entry through the sieve and the encoders, and puts the payloads into the queues of a feed's deliveries. */
export class Dealer {
  private groups: readonly Group[] = [];
  private subscribers: readonly Subscriber[] = [];
  private readonly sieve: Sieve;
  private readonly out = new ByteWriter();
  private ends = new Uint32Array(1024);
  /** Bytes of the longest payloads of the last Block, for the statistics. */
  bytes = 0;
  private stubs = 0;
  private levelDrops = 0;

  constructor(subscribers: readonly Subscriber[], sieve: Sieve) {
    this.sieve = sieve;
    this.serve(subscribers);
  }

  /** From now on deals to these. */
  serve(subscribers: readonly Subscriber[]): void {
    this.subscribers = subscribers;
    this.groups = groupByEncoding(subscribers);
  }

  /** How many entries every queue can take. */
  get room(): number {
    let room = Infinity;
    for (const { queue } of this.subscribers) room = Math.min(room, queue.room);
    return room;
  }

  /**
   * Deals the entries of a Block from index `from` on; `isCounted`: they have not been through a feed before. Returns how
   * many were too large for some sender.
   */
  deal(block: Block, from: number, isCounted: boolean): number {
    if (this.ends.length < block.count) this.ends = new Uint32Array(block.count * 2);
    const kept = this.sieve.sift(block, from, isCounted);
    this.bytes = 0;
    let tooLarge = 0;
    for (const group of this.groups) {
      this.encode(block, from, kept, group);
      this.bytes = Math.max(this.bytes, this.out.length);
      this.hand(block, from, group.subscribers);
      tooLarge = Math.max(tooLarge, this.stubs);
    }
    return tooLarge;
  }

  private encode(block: Block, from: number, kept: Uint8Array, { encoder, passes, sealer }: Group): void {
    const { out, ends } = this;
    this.stubs = this.levelDrops = 0;
    out.reset();
    for (let i = from; i < block.count; i++) {
      if (kept[i] === 1) {
        if (passes !== undefined && !passes(block, i)) this.levelDrops++;
        else {
          if (encoder.encode(block, i, out)) this.stubs++;
          sealer?.seal(out, encoder.lineStart);
        }
      }
      ends[i - from] = out.length;
    }
  }

  private hand(block: Block, from: number, subscribers: readonly Subscriber[]): void {
    const payloads: Payloads = {
      bytes: this.out.bytes,
      ends: this.ends,
      count: block.count - from,
      positionOf: (i) => ({ cursor: block.cursor(from + i), realtimeUs: block.realtimeUs(from + i) }),
    };
    for (const subscriber of subscribers) {
      subscriber.push(payloads);
      if (this.stubs > 0) subscriber.tooLarge(this.stubs);
      if (this.levelDrops > 0) subscriber.dropped(this.levelDrops);
    }
  }
}

function groupByEncoding(subscribers: readonly Subscriber[]): Group[] {
  const groups = new Map<string, Group>();
  for (const subscriber of subscribers) {
    const { encoding, level } = subscriber;
    // Of an encryption this has the fingerprint; a KeyObject gives nothing away.
    const key = JSON.stringify([encoding, level?.key]);
    const group = groups.get(key) ?? makeGroup(encoding, level);
    group.subscribers.push(subscriber);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function makeGroup(encoding: EncoderOptions, level: Level | undefined): Group {
  const { encryption } = encoding;
  return {
    encoder: new Encoder(encoding),
    passes: level?.passes,
    sealer: encryption && new Sealer(encryption),
    subscribers: [],
  };
}

import type { Block } from '../journal/block.ts';
import { ByteWriter } from '../transform/byte-writer.ts';
import { Encoder, type EncoderOptions } from '../transform/encode.ts';
import type { Match } from '../transform/match.ts';
import type { Payloads, Queue } from './queue.ts';

/** A delivery as the feed sees it: how it wants its entries, and where to put them. */
export interface Subscriber {
  readonly queue: Queue;
  readonly encoding: EncoderOptions;
  push(payloads: Payloads): void;
  /** Entries were too large and replaced by stubs. */
  tooLarge(count: number): void;
}

/** Deliveries that get the very same bytes, which are made once for all of them. */
interface Group {
  readonly encoder: Encoder;
  readonly subscribers: Subscriber[];
}

/** Takes each entry through match and encoding, and puts the payloads into the queues of a feed's deliveries. */
export class Dealer {
  private readonly groups: readonly Group[];
  private readonly subscribers: readonly Subscriber[];
  private readonly match: Match;
  private readonly out = new ByteWriter();
  private ends = new Uint32Array(1024);
  /** Bytes of the longest payloads of the last Block, for the statistics. */
  bytes = 0;

  constructor(subscribers: readonly Subscriber[], match: Match) {
    this.subscribers = subscribers;
    this.match = match;
    this.groups = groupByEncoding(subscribers);
  }

  /** How many entries every queue can take. */
  get room(): number {
    let room = Infinity;
    for (const { queue } of this.subscribers) room = Math.min(room, queue.room);
    return room;
  }

  /** Deals the entries of a Block from index `from` on. */
  deal(block: Block, from: number): void {
    const count = block.count - from;
    if (this.ends.length < count) this.ends = new Uint32Array(count * 2);
    this.bytes = 0;
    for (const group of this.groups) {
      const stubs = this.encode(block, from, group.encoder);
      this.bytes = Math.max(this.bytes, this.out.length);
      const payloads: Payloads = {
        bytes: this.out.bytes,
        ends: this.ends,
        count,
        positionOf: (i) => ({ cursor: block.cursor(from + i), realtimeUs: block.realtimeUs(from + i) }),
      };
      for (const subscriber of group.subscribers) {
        subscriber.push(payloads);
        if (stubs > 0) subscriber.tooLarge(stubs);
      }
    }
  }

  private encode(block: Block, from: number, encoder: Encoder): number {
    const { out, ends, match } = this;
    let stubs = 0;
    out.reset();
    for (let i = from; i < block.count; i++) {
      if (match(block, i) && encoder.encode(block, i, out)) stubs++;
      ends[i - from] = out.length;
    }
    return stubs;
  }
}

function groupByEncoding(subscribers: readonly Subscriber[]): Group[] {
  const groups = new Map<string, Group>();
  for (const subscriber of subscribers) {
    const key = JSON.stringify(subscriber.encoding);
    const group = groups.get(key) ?? { encoder: new Encoder(subscriber.encoding), subscribers: [] };
    group.subscribers.push(subscriber);
    groups.set(key, group);
  }
  return [...groups.values()];
}

import type { PartitionerArgs } from 'kafkajs';
import type { Compress } from './codecs.ts';
import type { EntryMessage } from './messages.ts';
import { encodeRecordBatch, type Numbering } from './record-batch.ts';

type Group = (groups: object, message: PartitionerArgs['message']) => object;

/**
 * Messages of one partition, in the place of the array that kafkajs expects. It groups arrays by partition, copying all
 * it has for each message that it adds, and makes three objects and a buffer of each; this is grouped already, and
 * writes itself. Has what kafkajs calls, and nothing else of an array.
 */
export class Part {
  readonly messages: readonly EntryMessage[];
  private readonly compress: Compress | undefined;

  constructor(messages: readonly EntryMessage[], compress: Compress | undefined) {
    this.messages = messages;
    this.compress = compress;
  }

  /** By how much the partition's sequence number moves on. */
  get length(): number {
    return this.messages.length;
  }

  /** kafkajs looks for a message without a value: there is none. */
  find(): undefined {
    return undefined;
  }

  /** kafkajs groups by partition; without messages it only shows the topic's partitions to the partitioner. */
  reduce(group: Group, none: object): object {
    const [partition] = Object.keys(group(none, (this.messages[0] ?? {}) as PartitionerArgs['message']));
    return this.messages.length === 0 ? {} : { [partition!]: this };
  }

  /** The record batch, which kafkajs leaves to us. */
  async encode(numbering: Numbering): Promise<Buffer> {
    return encodeRecordBatch(this.messages, numbering, this.compress);
  }
}

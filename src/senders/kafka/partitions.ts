import kafkajs from 'kafkajs';
import type { PartitionerArgs } from 'kafkajs';
import type { KafkaOptions } from './options.ts';

type Metadata = PartitionerArgs['partitionMetadata'];

interface Known {
  readonly metadata: Metadata;
  /** Keys met lately. */
  readonly ofKeys: Map<string, number>;
}

const MAX_KEYS = 1000;
/** Nothing goes to it. */
const NONE = -1;

const { DefaultPartitioner, LegacyPartitioner } = kafkajs.Partitioners;

/**
 * Decides which partition an entry goes to, before kafkajs is asked to send it: it is given entries of one partition at
 * a time, because it loses count of its sequence numbers when one partition of several fails.
 */
export class Partitions {
  private readonly byKey: ((args: PartitionerArgs) => number) | undefined;
  private readonly known = new Map<string, Known>();
  private turn = 0;

  constructor(name: KafkaOptions['partitioner']) {
    if (name !== 'round_robin') this.byKey = name === 'default' ? DefaultPartitioner() : LegacyPartitioner();
  }

  /** For kafkajs: the partition decided on before; learns what there is. */
  readonly ofMessage = ({ topic, partitionMetadata, message }: PartitionerArgs): number => {
    if (this.known.get(topic)?.metadata !== partitionMetadata)
      this.known.set(topic, { metadata: partitionMetadata, ofKeys: new Map() });
    return message.partition ?? NONE;
  };

  /** Where the next entries without a key go. */
  nextTurn(): void {
    this.turn++;
  }

  /** The partition for a message with this key, of a topic that kafkajs has been asked for. */
  choose(topic: string, key: string | null): number {
    const known = this.known.get(topic)!;
    const { byKey } = this;
    if (byKey !== undefined && key !== null) return known.ofKeys.get(key) ?? this.learn(topic, key, known);
    if (byKey === undefined) this.turn++;
    const { metadata } = known;
    const led = metadata.filter(({ leader }) => leader >= 0);
    const choice = led.length > 0 ? led : metadata;
    return choice[this.turn % choice.length]!.partitionId;
  }

  /** kafkajs takes microseconds for the hash of a key. */
  private learn(topic: string, key: string, { metadata: partitionMetadata, ofKeys }: Known): number {
    const partition = this.byKey!({ topic, partitionMetadata, message: { key, value: null } });
    if (ofKeys.size >= MAX_KEYS) ofKeys.clear();
    ofKeys.set(key, partition);
    return partition;
  }

  /** Topics may have been made anew. */
  forget(): void {
    this.known.clear();
  }
}

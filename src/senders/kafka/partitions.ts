import kafkajs from 'kafkajs';
import type { Message, PartitionerArgs } from 'kafkajs';
import type { KafkaOptions } from './definition.ts';

type Metadata = PartitionerArgs['partitionMetadata'];

const { DefaultPartitioner, LegacyPartitioner } = kafkajs.Partitioners;

/**
 * Decides which partition an entry goes to, before kafkajs is asked to send it: it is given entries of one partition at
 * a time, because it loses count of its sequence numbers when one partition of several fails.
 */
export class Partitions {
  private readonly byKey: ((args: PartitionerArgs) => number) | undefined;
  private readonly known = new Map<string, Metadata>();
  private turn = 0;

  constructor(name: KafkaOptions['partitioner']) {
    if (name !== 'round_robin') this.byKey = name === 'default' ? DefaultPartitioner() : LegacyPartitioner();
  }

  /** For kafkajs: the partition decided on before, or for a topic not seen yet one decided on now; learns what there is. */
  readonly ofMessage = ({ topic, partitionMetadata, message }: PartitionerArgs): number => {
    this.known.set(topic, partitionMetadata);
    return (message.partition ??= this.choose(topic, message)!);
  };

  /** Where the next entries without a key go. */
  nextTurn(): void {
    this.turn++;
  }

  /** The partition for it; undefined while nothing is known of the topic. */
  choose(topic: string, message: Message): number | undefined {
    const partitionMetadata = this.known.get(topic);
    if (partitionMetadata === undefined || partitionMetadata.length === 0) return undefined;
    const { byKey } = this;
    if (byKey !== undefined && message.key !== null && message.key !== undefined)
      return byKey({ topic, partitionMetadata, message });
    if (byKey === undefined) this.turn++;
    const led = partitionMetadata.filter(({ leader }) => leader >= 0);
    const choice = led.length > 0 ? led : partitionMetadata;
    return choice[this.turn % choice.length]!.partitionId;
  }

  isKnown(topic: string): boolean {
    return this.known.has(topic);
  }

  /** Topics may have been made anew. */
  forget(): void {
    this.known.clear();
  }
}

import type { EntryMessage } from './messages.ts';

/**
 * Batches whose answer never came: each may be stored or not. Kafka recognises such a batch by its sequence numbers
 * alone, and kafkajs gives the same numbers to whatever is sent to the partition next: another batch in its place
 * would be taken for a repetition and lost. So the same is sent again, or a new session is begun.
 */
export class Doubts {
  private readonly cursors = new Map<string, readonly string[]>();
  private readonly partitions = new Map<string, number>();

  /** The batch that was sent has had no answer. */
  add(topic: string, messages: readonly EntryMessage[]): void {
    const partition = messages[0]?.partition;
    if (partition === undefined) return; // it never got as far as that
    const cursors = messages.map(({ cursor }) => cursor);
    this.cursors.set(keyOf(topic, partition), cursors);
    for (const cursor of cursors) this.partitions.set(cursor, partition);
  }

  /** The partition that the entry was sent to when no answer came. */
  partitionOf({ cursor }: EntryMessage): number | undefined {
    return this.partitions.size === 0 ? undefined : this.partitions.get(cursor);
  }

  /** How many of the messages, from the first, are the batch in doubt of their partition; 0: they are something else. */
  repeated(topic: string, partition: number, messages: readonly EntryMessage[]): number {
    const cursors = this.cursors.get(keyOf(topic, partition)) ?? [];
    return cursors.every((cursor, i) => messages[i]?.cursor === cursor) ? cursors.length : 0;
  }

  /** Something is in doubt there. */
  has(topic: string, partition: number): boolean {
    return this.cursors.has(keyOf(topic, partition));
  }

  /** An answer came. */
  remove(topic: string, partition: number): void {
    const key = keyOf(topic, partition);
    for (const cursor of this.cursors.get(key) ?? []) this.partitions.delete(cursor);
    this.cursors.delete(key);
  }

  /** A new session begins. */
  clear(): void {
    this.cursors.clear();
    this.partitions.clear();
  }
}

function keyOf(topic: string, partition: number): string {
  return `${partition} ${topic}`;
}

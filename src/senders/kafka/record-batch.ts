import type { Compress } from './codecs.ts';
import { crc32c } from './crc32c.ts';
import type { EntryMessage } from './messages.ts';
import { RecordWriter } from './record-writer.ts';

/** How a producer numbers its batches, so that the brokers know one that comes twice. */
export interface Numbering {
  /** A 64-bit number, as kafkajs keeps it. */
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

const MAGIC = 2;
/** Where each part of a batch lies; https://kafka.apache.org/documentation/#recordbatch has the names. */
const AT = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

/** The record batch (version 2) of these messages, the same bytes that kafkajs would make; without a time: of now. */
export async function encodeRecordBatch(
  messages: readonly EntryMessage[],
  numbering: Numbering,
  compress: Compress | undefined,
): Promise<Buffer> {
  const times = timesOf(messages, Date.now());
  const room = messages.reduce<number>((sum, { bytes }) => sum + bytes, AT.records);
  const writer = new RecordWriter(room, AT.records);
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i]!;
    writer.write(message, i, (message.timestampMs ?? times.now) - times.first);
  }
  let batch = writer.written();
  if (compress !== undefined) {
    const packed = await compress.bytes(batch.subarray(AT.records));
    batch = Buffer.concat([batch.subarray(0, AT.records), packed]);
  }
  writeHeader(batch, { ...numbering, ...times, count: messages.length, type: compress?.type ?? 0 });
  return batch;
}

function writeHeader(
  batch: Buffer,
  {
    producerId,
    producerEpoch,
    firstSequence,
    first,
    last,
    count,
    type,
  }: Numbering & Times & { count: number; type: number },
): void {
  batch.fill(0, 0, AT.magic);
  batch.writeInt32BE(batch.length - AT.length - 4, AT.length);
  batch[AT.magic] = MAGIC;
  batch.writeInt16BE(type, AT.attributes);
  batch.writeInt32BE(count - 1, AT.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(first), AT.baseTimestamp);
  batch.writeBigInt64BE(BigInt(last), AT.maxTimestamp);
  batch.writeBigInt64BE(BigInt(producerId.toString()), AT.producerId);
  batch.writeInt16BE(producerEpoch, AT.producerEpoch);
  batch.writeInt32BE(firstSequence, AT.baseSequence);
  batch.writeInt32BE(count, AT.count);
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)), AT.crc);
}

interface Times {
  readonly now: number;
  readonly first: number;
  readonly last: number;
}

function timesOf(messages: readonly EntryMessage[], now: number): Times {
  let first = Infinity;
  let last = -Infinity;
  for (const { timestampMs = now } of messages) {
    if (timestampMs < first) first = timestampMs;
    if (timestampMs > last) last = timestampMs;
  }
  return { now, first, last };
}

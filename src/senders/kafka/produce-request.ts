import { createRequire } from 'node:module';
import { Part } from './part.ts';
import type { Numbering } from './record-batch.ts';

/** What kafkajs's producer gives to be encoded. */
interface ProduceOptions extends Omit<Numbering, 'firstSequence'> {
  readonly transactionalId?: string | null;
  readonly acks: number;
  readonly timeout: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: unknown;
    }[];
  }[];
}

interface Encoder {
  writeString(value: string | null): this;
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeBytes(value: Buffer): this;
}

interface ProduceRequest {
  readonly request: { encode(): Promise<Encoder> };
  readonly response: object;
}

type Protocol = (wanted: { readonly version: number }) => (options: ProduceOptions) => ProduceRequest;

const require = createRequire(import.meta.url);
const requests = require('kafkajs/src/protocol/requests/produce') as { protocol: Protocol };
const Encoder = require('kafkajs/src/protocol/encoder') as new (initialSize: number) => Encoder;

const plain = requests.protocol;
const HEADER_BYTES = 1024;
let isTaught = false;

/** Makes kafkajs take `Part`s for messages. Other producers in the process, if there are any, do as before. */
export function teachParts(): void {
  if (isTaught) return;
  isTaught = true;
  requests.protocol = (wanted) => (options) => {
    const made = plain(wanted)(options);
    if (hasParts(options)) made.request.encode = () => encode(options);
    return made;
  };
}

function hasParts({ topicData }: ProduceOptions): boolean {
  return topicData.some(({ partitions }) => partitions.some(({ messages }) => messages instanceof Part));
}

/** The body of a produce request, of version 3 up to 8, which have it alike. */
async function encode({
  transactionalId = null,
  acks,
  timeout,
  topicData,
  ...numbering
}: ProduceOptions): Promise<Encoder> {
  const encoder = new Encoder(HEADER_BYTES).writeString(transactionalId).writeInt16(acks).writeInt32(timeout);
  encoder.writeInt32(topicData.length);
  for (const { topic, partitions } of topicData) {
    encoder.writeString(topic).writeInt32(partitions.length);
    for (const { partition, firstSequence, messages } of partitions) {
      const batch = await (messages as Part).encode({ ...numbering, firstSequence });
      encoder.writeInt32(partition).writeBytes(batch);
    }
  }
  return encoder;
}

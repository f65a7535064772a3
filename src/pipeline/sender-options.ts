import { DEFAULT_BUFFER_BYTES } from '../config/options/shared.ts';
import type { ReaderConfig, SenderConfig } from '../config/schema.ts';
import { senderDefinition } from '../senders/registry.ts';
import type { LargeBatches } from '../senders/sender-definition.ts';
import type { Sender } from '../senders/sender.ts';
import type { Log } from '../telemetry/log.ts';
import type { QueueLimits } from './queue.ts';
import type { StationOptions } from './station.ts';

/** A batch is at most this large, and at most half a queue: one half fills while the other is being sent. */
const BATCH_MAX_BYTES = 4 * 1024 * 1024;

type QueueConfig = Pick<ReaderConfig, 'msg_buffer_max_length' | 'msg_buffer_max_bytes'>;

/** What a station for a configured sender is made from, less what only its reader knows. */
export function senderOptions(
  name: string,
  config: SenderConfig,
  reader: QueueConfig,
): Pick<StationOptions, 'limits' | 'maxBatchAgeMs' | 'busyBatchAgeMs' | 'attemptMs'> & {
  create: (log: Log, mark: unknown) => Promise<Sender>;
  stateType: string;
} {
  const definition = senderDefinition(config.output_type)!;
  const large = definition.largeBatches?.(config.options);
  return {
    limits: limitsOf(reader, large),
    busyBatchAgeMs: large?.patienceMs,
    maxBatchAgeMs: (config.max_send_interval ?? definition.defaultSendInterval) * 1000,
    attemptMs: attemptMs(config.options),
    stateType: definition.stateType,
    create: (log, mark) => definition.create(config.options, { name, log, mark }),
  };
}

/** What is dear by the batch gets larger ones, but never more than the config says. */
function limitsOf(reader: QueueConfig, large: LargeBatches | undefined): QueueLimits {
  const { msg_buffer_max_length: maxEntries, msg_buffer_max_bytes: limit } = reader;
  const maxBytes = large !== undefined && limit === DEFAULT_BUFFER_BYTES ? 2 * large.maxBytes : limit;
  const batchMaxBytes = Math.min(large?.maxBytes ?? BATCH_MAX_BYTES, Math.ceil(maxBytes / 2));
  return { maxEntries, maxBytes, batchMaxEntries: maxEntries, batchMaxBytes };
}

/** Options named so are seconds that a part of an attempt may take; several may follow each other. */
function attemptMs(options: object): number {
  const seconds = Object.entries(options).map(([name, value]): unknown => (name.endsWith('timeout') ? value : 0));
  return seconds.reduce<number>((sum, value) => sum + (typeof value === 'number' ? value * 1000 : 0), 0);
}

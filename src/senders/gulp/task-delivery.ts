import type { DeliveryPlan } from '../host.ts';
import type { Refusal } from './answer.ts';
import type { GulpOptions } from './options.ts';
import { MAX_WAITING, type ShippingOptions } from './shipment.ts';
import { narrowingOf } from './task-plan.ts';
import type { TaskRecord } from './task-record.ts';
import { createTaskSender } from './task-sender.ts';

export interface TaskDelivery {
  readonly record: TaskRecord;
  readonly shipping: ShippingOptions;
  /** So many tasks run already. */
  readonly running: number;
  /** Gulp will not take anything for it. */
  readonly refused: (refusal: Refusal) => void;
}

/** One task alone may have much on its way; many together must not fill the memory. */
const BATCH_BYTES = [8, 2, 1] as const;
const MIB = 1024 * 1024;

/** The delivery that brings a task. Throws when its parameters cannot be used. */
export function deliveryOf({ record, shipping, running, refused }: TaskDelivery, options: GulpOptions): DeliveryPlan {
  return {
    name: record.id,
    ...narrowingOf(record, options),
    startUs: record.since_us,
    limits: limitsOf(options, running),
    marks: { GULP_OPERATION_ID: record.operation_id },
    create: () => Promise.resolve(createTaskSender({ ...shipping, ...(!record.is_static && { refused }) })),
  };
}

function limitsOf({ batch_size: size }: GulpOptions, running: number): DeliveryPlan['limits'] {
  const batchMaxBytes = (BATCH_BYTES[running] ?? 0.5) * MIB;
  const batchMaxEntries = size * MAX_WAITING;
  return {
    batchMaxBytes,
    batchMaxEntries,
    maxBytes: Math.ceil(batchMaxBytes * 1.25),
    maxEntries: batchMaxEntries * 2,
  };
}

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
  /** How many tasks run now. */
  readonly running: () => number;
  /** Gulp will not take anything for it. */
  readonly refused: (refusal: Refusal) => void;
}

/** One task alone may have much on its way; many share it, so that they do not fill the memory together. */
const BATCH_BYTES = 8 * 1024 * 1024;
const MIN_BATCH_BYTES = 64 * 1024;

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

function limitsOf({ batch_size: size }: GulpOptions, running: () => number): DeliveryPlan['limits'] {
  const batchMaxEntries = size * MAX_WAITING;
  // Asked for with every batch: the share of each gets smaller with every task that begins.
  const share = (): number => Math.max(MIN_BATCH_BYTES, Math.floor(BATCH_BYTES / Math.max(1, running())));
  return {
    get batchMaxBytes() {
      return share();
    },
    batchMaxEntries,
    get maxBytes() {
      return share() * 2;
    },
    maxEntries: batchMaxEntries * 2,
  };
}

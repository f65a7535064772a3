import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryOf } from './task-delivery.ts';
import type { GulpOptions } from './options.ts';
import type { ShippingOptions } from './shipment.ts';
import type { TaskRecord } from './task-record.ts';

const MIB = 1024 * 1024;
const options = { batch_size: 500, allow_custom_selection: false } as GulpOptions;
const record: TaskRecord = {
  id: 't1',
  bridge_id: 'b',
  operation_id: 'op1',
  plugin_params: {},
  status: 'ongoing',
  error: '',
  since_us: 0,
  created: '',
  updated: '',
  reported: '',
};

test('tasks share what batches may take, those too that were there before', () => {
  let running = 1;
  const task = { record, shipping: {} as ShippingOptions, running: () => running, refused: () => undefined };
  const { limits } = deliveryOf(task, options);
  const shares = [1, 4, 20, 150].map((count) => {
    running = count;
    return [limits.batchMaxBytes, limits.maxBytes];
  });

  const bytes = [8 * MIB, 2 * MIB, Math.floor((8 * MIB) / 20), 64 * 1024];
  assert.deepEqual(
    shares,
    bytes.map((share) => [share, share * 2]),
  );
});

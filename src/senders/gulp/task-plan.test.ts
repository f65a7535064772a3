import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostContext } from '../host.ts';
import type { GulpOptions } from './options.ts';
import { ParameterError } from './task-parameters.ts';
import { narrowingOf, planTask } from './task-plan.ts';
import type { TaskRecord } from './task-record.ts';

const BOOT = 'b'.repeat(32);
const options = { allow_custom_selection: false } as GulpOptions;
const context = {
  selection: { units: ['sshd.service'], minPriority: 4 },
  startOf: (position: unknown) =>
    Promise.resolve(position === 'head' ? 0 : position === 5 ? Date.now() * 1000 + 1e9 : 1000),
  bootId: (offset: number) => Promise.resolve(offset === -1 ? BOOT : undefined),
} as unknown as HostContext;

function planned(custom_parameters: object, own: GulpOptions = options): Promise<TaskRecord> {
  const request = { bridge_id: 'b', bridge_task_id: 't', operation_id: ' OP1 ', plugin_params: { custom_parameters } };
  return planTask(request, own, context);
}

test('a boot that is over is brought from its beginning and has an end', async () => {
  const record = await planned({ boot: -1 });

  assert.equal(record.boot_id, BOOT);
  assert.equal(record.since_us, 0);
  assert.ok(record.until_us !== undefined && record.until_us <= Date.now() * 1000);
  assert.equal(narrowingOf(record, options).narrowing.bootId, BOOT);
});

test('without parameters a task begins at the end of the journal and has none', async () => {
  const record = await planned({});

  assert.deepEqual([record.since_us, record.until_us, record.operation_id], [1000, undefined, 'op1']);
});

for (const [title, parameters] of [
  ['units that the reader leaves out', { units: ['cron'] }],
  ['priorities that the reader leaves out', { min_priority: 'debug' }],
] as const) {
  test(`${title} are for those only who let tasks ask for them`, async () => {
    const wide = { ...options, allow_custom_selection: true };

    await assert.rejects(planned(parameters), ParameterError);
    const record = await planned(parameters, wide);

    assert.equal(narrowingOf(record, wide).isWide, true);
  });
}

test('a boot that the journal has not is refused', async () => {
  await assert.rejects(planned({ boot: -5 }), ParameterError);
});

test('an end that lies before the beginning is refused, as journalctl would', async () => {
  await assert.rejects(planned({ until: 'now', initial_position: 5 }), /"until" is before the time where/);
});

test('an operation without a name is refused, and so is what would swell the state', async () => {
  const request = { bridge_id: 'b', bridge_task_id: 't', operation_id: ' ' };
  const huge = { mapping_parameters: { mapping_id: 'x'.repeat(300_000) } };

  await assert.rejects(planTask(request, options, context), /"operation_id" is blank/);
  await assert.rejects(
    planTask({ ...request, operation_id: 'op1', plugin_params: huge }, options, context),
    /larger than 256 KiB/,
  );
});

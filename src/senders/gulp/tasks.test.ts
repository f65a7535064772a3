import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { createLog } from '../../telemetry/log.ts';
import type { DeliveryStanding, HostContext, HostedDelivery } from '../host.ts';
import type { GulpOptions } from './options.ts';
import type { ShippingOptions } from './shipment.ts';
import { ParameterError } from './task-parameters.ts';
import { readKept, type TaskRecord } from './task-record.ts';
import { Tasks } from './tasks.ts';

const request = { bridge_id: 'b', bridge_task_id: 't', operation_id: 'op1' };
const asking = (custom_parameters: object) => ({ ...request, plugin_params: { custom_parameters } });

const past: DeliveryStanding = {
  ...{ sent: 7, sentBytes: 700, deadLetters: 1, time: '2026-01-01T00:00:00.000Z' },
  ...{ lagSeconds: null, lagEntries: null, lastError: undefined, trouble: undefined },
};

/** A pipeline of which nothing but the calls is seen, and what was on the disk at each save. */
function open(kept: unknown = {}) {
  const calls: string[] = [];
  const saved: string[] = [];
  const ends: ((failure: string | undefined) => void)[] = [];
  const lines: string[] = [];
  const disk = { isFull: false };
  const context: Partial<HostContext> = {
    log: createLog({ write: (line) => lines.push(line) }),
    follow: true,
    selection: { units: [], minPriority: undefined },
    keep: async (value) => {
      await setImmediate();
      if (!disk.isFull) saved.push(JSON.stringify(value));
      return !disk.isFull;
    },
    add: ({ name }) => {
      calls.push(`add ${name}`);
      const end = Promise.withResolvers<string | undefined>();
      ends.push(end.resolve);
      const delivery: Partial<HostedDelivery> = {
        ended: end.promise,
        flush: () => Promise.resolve(),
        remove: () => {
          calls.push(`remove ${name}`);
          return Promise.resolve();
        },
      };
      return delivery as HostedDelivery;
    },
    forget: (name) => calls.push(`forget ${name}`),
    pastOf: () => past,
    describe: () => undefined,
    startOf: () => Promise.resolve(5),
    bootId: () => Promise.resolve(undefined),
  };
  const changes = new Set<() => void>();
  const tasks = new Tasks({
    options: { batch_size: 500, tasks: [], allow_custom_selection: false } as unknown as GulpOptions,
    context: context as HostContext,
    kept: readKept(kept),
    shippingOf: () => ({}) as ShippingOptions,
    changed: () => {
      for (const told of changes) told();
    },
  });
  const become = (status: string) => becoming(status, tasks, changes);
  return { tasks, disk, calls, saved, ends, lines, become };
}

/** Resolves when the first task has this status. */
function becoming(status: string, tasks: Tasks, changes: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (tasks.records[0]?.status === status) resolve();
    };
    changes.add(look);
    look();
  });
}

const statusOf = (tasks: Tasks): string | undefined => tasks.records[0]?.status;

test('how a task stood is known when it has ended', async () => {
  const { tasks, become } = open();
  await tasks.start(asking({}));
  await tasks.stop('t');
  await become('stopped');

  const [view] = tasks.views;

  assert.deepEqual({ isRunning: view?.isRunning, standing: view?.standing }, { isRunning: false, standing: past });
});

test('a start and a stop are on the disk before they are answered', async () => {
  const { tasks, saved } = open();

  await tasks.start(asking({}));
  const afterStart = saved.at(-1)!;
  await tasks.stop('t');

  assert.match(afterStart, /"status":"ongoing"/);
  assert.match(saved.at(-1)!, /"status":"stopping"/);
});

test('a task that is started twice at one time runs once', async () => {
  const { tasks, calls } = open();

  const results = await Promise.all([tasks.start(asking({})), tasks.start(asking({}))]);

  assert.deepEqual(results, ['started', 'running']);
  assert.deepEqual(
    calls.filter((call) => call === 'add t'),
    ['add t'],
  );
});

test('starts and stops that come all at once are done one after the other', async () => {
  const { tasks, calls } = open();

  await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? tasks.start(asking({})) : tasks.stop('t'))));

  assert.equal(statusOf(tasks), 'stopping');
  const places = calls.filter((call) => !call.startsWith('forget'));
  assert.deepEqual(
    places,
    Array.from({ length: 99 }, (_, i) => (i % 2 === 0 ? 'add t' : 'remove t')),
  );
});

for (const [title, second, isForgotten] of [
  ['goes on where it stopped', { units: ['a'] }, false],
  ['with other parameters begins anew', { units: ['b'] }, true],
] as const) {
  test(`a stopped task that is started again ${title}`, async () => {
    const { tasks, calls, become } = open();
    await tasks.start(asking({ units: ['a'] }));
    await tasks.stop('t');
    await become('stopped');
    calls.length = 0;

    await tasks.start(asking(second));

    assert.deepEqual(calls, isForgotten ? ['forget t', 'add t'] : ['add t']);
  });
}

test('a task that is done and started again brings all once more', async () => {
  const { tasks, calls, ends, become } = open();
  await tasks.start(asking({ since: '-1d', until: 'now' }));
  ends[0]!(undefined);
  await become('done');
  calls.length = 0;

  await tasks.start(asking({ since: '-1d', until: 'now' }));

  assert.deepEqual(calls, ['forget t', 'add t']);
});

test('a journal that cannot be read to its end fails the task', async () => {
  const { tasks, ends, become } = open();
  await tasks.start(asking({ since: '-1d', until: 'now' }));

  ends[0]!('journalctl said something');
  await become('failed');

  assert.equal(tasks.records[0]?.error, 'the journal cannot be read to its end');
});

test('what cannot be started leaves nothing behind', async () => {
  const { tasks, calls } = open();

  await assert.rejects(tasks.start(asking({ units: ['[z-a]'] })), ParameterError);

  assert.deepEqual([tasks.records, calls], [[], []]);
});

test('the task of one operation is not that of another', async () => {
  const { tasks } = open();
  await tasks.start(asking({}));

  await assert.rejects(tasks.start({ ...asking({}), operation_id: 'op2' }), /belongs to another operation/);
});

test('a task in the state whose parameters cannot be used fails, and the others go on', async () => {
  const record = (id: string, units: string[]): TaskRecord => ({
    ...{ id, bridge_id: 'b', operation_id: 'op1', plugin_params: { custom_parameters: { units } }, status: 'ongoing' },
    ...{ error: '', since_us: 0, created: '', updated: '', reported: '' },
  });
  const { tasks, calls, lines } = open({ tasks: { bad: record('bad', ['[z-a]']), good: record('good', ['a']) } });

  await tasks.resume();

  assert.deepEqual(calls, ['add good']);
  assert.deepEqual(
    tasks.records.map(({ status }) => status),
    ['failed', 'ongoing'],
  );
  assert.match(lines.join(''), /the task bad cannot go on/);
});

test('a start that cannot be saved is refused, and nothing is started', async () => {
  const { tasks, disk, calls } = open();
  disk.isFull = true;

  await assert.rejects(tasks.start(asking({})), { status: 503, message: /^not started: the bridge cannot save/ });

  assert.deepEqual([tasks.records, calls], [[], ['forget t', 'add t', 'remove t', 'forget t']]);
  disk.isFull = false;
  assert.equal(await tasks.start(asking({})), 'started');
});

test('a stopped task whose new start cannot be saved stays stopped, at its place', async () => {
  const { tasks, disk, calls, become } = open();
  await tasks.start(asking({}));
  await tasks.stop('t');
  await become('stopped');
  calls.length = 0;
  disk.isFull = true;

  await assert.rejects(tasks.start(asking({})), { status: 503 });

  assert.deepEqual([statusOf(tasks), calls], ['stopped', ['add t', 'remove t']]);
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { plainCapabilities } from '../../test/support/capabilities.ts';
import { Place } from '../../test/integration/place.ts';
import { parseConfig } from '../config/load.ts';
import type { JournalSelection } from '../journal/selection.ts';
import type { Kept } from '../senders/gulp/task-record.ts';
import { StateFile } from '../state/state-file.ts';
import { createLog } from '../telemetry/log.ts';
import type { Feeds } from './feeds.ts';
import { Hosting } from './hosting.ts';
import { createRules } from './rules.ts';

const log = createLog({ write: () => undefined });

/** Feeds of which only is seen who reads them. */
function feedsThat(names: string[]): Feeds {
  const feeds: Partial<Record<keyof Feeds, unknown>> = {
    add: ({ name }: { name: string }) => void names.push(`+ ${name}`),
    remove: ({ name }: { name: string }) => void names.push(`- ${name}`),
    start: () => undefined,
    stop: () => Promise.resolve(),
    lagOf: () => undefined,
    isHeldUp: () => false,
    hasReadOut: () => true,
  };
  return feeds as unknown as Feeds;
}

/** A bridge of Gulp with tasks of its own, at a server that nobody reaches; its state is kept in the place. */
async function open(t: TestContext, place: Place, tasks: readonly object[], own: object = {}) {
  const gulp = { output_type: 'gulp', url_server: 'http://127.0.0.1:1', user_id: 'u', password: 'p', tasks, ...own };
  const reader = { units_to_match: ['a.service'], initial_position: 'head', senders: { gulp } };
  const path = join(place.path, 'state.json');
  const { config } = await parseConfig(
    'config.json',
    JSON.stringify({ json_state_file_path: path, readers: { sys: reader } }),
  );
  const readerConfig = config.readers['sys']!;
  const state = await StateFile.load({ path, maxIntervalMs: 1000, log });
  const reading: string[] = [];
  const wide: JournalSelection[] = [];
  const hosting = new Hosting({
    ...{
      name: 'gulp',
      reader: 'sys',
      config: readerConfig.senders['gulp']!,
      readerConfig,
      capabilities: plainCapabilities,
      log,
      state,
    },
    rules: await createRules({
      config,
      reader: readerConfig,
      bootId: undefined,
      hit: () => undefined,
      slow: () => undefined,
    }),
    ...{ follow: true, deadLetters: { statePath: path, maxBytes: 1000 }, drained: () => undefined },
    feeds: feedsThat(reading),
    openFeeds: (selection) => {
      wide.push(selection);
      return feedsThat(reading);
    },
  });
  t.after(async () => {
    await hosting.stopReading();
    await hosting.stop();
    await state.close().catch(() => undefined); // its place may be gone by now
  });
  const stored = state.sender('sys', 'gulp', 'gulp');
  return { hosting, state, stored, reading, wide };
}

const names = ({ stations }: Hosting): string[] => stations.map(({ name }) => name);

test('deliveries read when the reader does, and are gone with it, but for their places', async (t) => {
  await using place = await Place.make();
  const { hosting, stored, reading } = await open(t, place, [{ operation_id: 'op1' }, { operation_id: 'op2' }]);

  await hosting.resume();
  const [one, two] = names(hosting) as [string, string];
  assert.deepEqual(reading, []);
  hosting.start();
  hosting.describe();
  assert.equal(stored.health.status, 'connected');
  await hosting.stopReading();
  await hosting.stop();
  hosting.describe();

  assert.deepEqual(reading, [`+ ${one}`, `+ ${two}`, `- ${one}`, `- ${two}`]);
  assert.deepEqual(names(hosting), []);
  assert.equal(Object.keys(stored.deliveries ?? {}).length, 2);
  assert.equal(stored.health.status, 'stopped');
});

test('a delivery that nothing was acknowledged of begins at the same place after a restart', async (t) => {
  await using place = await Place.make();
  const startOf = (deliveries: object | undefined): unknown =>
    Object.values(deliveries ?? {}).map(
      (each: { sent: { start_realtime_us?: number } }) => each.sent.start_realtime_us,
    );
  const first = await open(t, place, [{ operation_id: 'op1' }]);
  await first.hosting.resume();
  const before = startOf(first.stored.deliveries);
  await first.state.close();

  const second = await open(t, place, [{ operation_id: 'op1' }]);
  await second.hosting.resume();

  assert.ok(Number((before as number[])[0]) > 0);
  assert.deepEqual(startOf(second.stored.deliveries), before);
  assert.deepEqual(names(second.hosting), names(first.hosting));
});

test('a time that a task of the config counts from now stays the same after a restart', async (t) => {
  await using place = await Place.make();
  const task = { operation_id: 'op1', custom_parameters: { since: '-1h', until: '+1h' } };
  const timesOf = ({ host }: { host?: unknown }): unknown =>
    Object.values((host as Kept).tasks).map(({ since_us, until_us }) => [since_us, until_us]);
  const first = await open(t, place, [task]);
  await first.hosting.resume();
  const before = timesOf(first.stored);
  await first.state.close();

  const second = await open(t, place, [task]);
  await second.hosting.resume();

  assert.deepEqual(timesOf(second.stored), before);
});

test('a delivery that the config has no more leaves no place behind', async (t) => {
  await using place = await Place.make();
  const first = await open(t, place, [{ operation_id: 'op1' }, { operation_id: 'op2' }]);
  await first.hosting.resume();
  await first.state.close();

  const second = await open(t, place, [{ operation_id: 'op2' }]);
  await second.hosting.resume();

  assert.equal(names(second.hosting).length, 1);
  assert.equal(Object.keys(second.stored.deliveries ?? {}).length, 1);
});

test('deliveries that ask for more than the reader selects share other feeds', async (t) => {
  await using place = await Place.make();
  const asking = (unit: string) => ({ operation_id: 'op1', custom_parameters: { units: [unit] } });
  const { hosting, wide } = await open(t, place, [asking('b'), asking('c'), { operation_id: 'op1' }], {
    allow_custom_selection: true,
  });

  await hosting.resume();
  hosting.start();

  assert.deepEqual(
    wide.map(({ units_to_match, min_priority }) => [units_to_match, min_priority]),
    [[[], undefined]],
  );
});

import assert from 'node:assert/strict';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { Daemon } from '../support/daemon.ts';
import {
  asking,
  configFor,
  hasJournald,
  inside,
  log,
  numbersIn,
  PASSWORD,
  readyBridge,
  startBridge,
  startManager,
  waitForNumbers,
  waitForStatus,
} from '../support/gulp/story.ts';
import { freePorts } from '../support/ports.ts';
import { until } from '../support/until.ts';

test(
  'a task tells its whole story: start, kill -9, resume, stop, start again, delete',
  { timeout: 300_000 },
  async (t) => {
    if (!(await hasJournald(t))) return;
    await using manager = await startManager('op1');
    await using place = await Place.make();
    const [port] = (await freePorts(1)) as [number];
    const config = configFor(place, manager, port);
    await log(3);
    await using first = await Daemon.start(config, { inside });
    const bridge = await readyBridge(manager, first);

    const task = await manager.createStartIngestion(bridge, 'op1');
    const wanted = await log(120);
    await waitForNumbers(manager, 'op1', wanted);
    {
      using _held = manager.hold('queued');
      wanted.push(...(await log(80)));
      await until(() => manager.requestsTo('/ingest_raw').length > 4, { what: 'a batch on its way' });
      await first.kill9();
    }
    wanted.push(...(await log(20)));
    await using second = await Daemon.start(config, { inside });
    await waitForNumbers(manager, 'op1', wanted);
    wanted.push(...(await log(10)));
    await manager.stopIngestion(task);
    await waitForNumbers(manager, 'op1', wanted);
    await waitForStatus(manager, task, 'stopped');
    const whileStopped = await log(5);
    assert.equal(await manager.createStartIngestion(bridge, 'op1'), task);
    wanted.push(...whileStopped, ...(await log(5)));
    await waitForNumbers(manager, 'op1', wanted);
    await manager.deleteIngestion(task);
    await second.stop();

    assert.equal(manager.listTasks().length, 0);
    const [document] = manager.documents('op1');
    assert.match(String(document?.['event.original']), /"__CURSOR":"s=.*token=\*\*\*/);
    const texts = await Promise.all(
      (await readdir(place.path, { recursive: true, withFileTypes: true }))
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    const token = manager.listBridges()[0]!.bridge_token;
    const sessions = manager.requests
      .map(({ headers }) => String(headers['token']))
      .filter((each) => each !== 'undefined');
    for (const secret of new Set([PASSWORD, token, ...sessions]))
      for (const text of [first.stderr, second.stderr, ...texts.filter((each) => !each.includes('"output_type"'))])
        assert.ok(!text.includes(secret), 'a secret is in a log or in the state');
  },
);

test('a task with an end brings what was asked for, and is done', { timeout: 300_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1');
  await using place = await Place.make();
  const sinceUs = Date.now() * 1000;
  const wanted = await log(30, { SYSLOG_IDENTIFIER: 'wanted', PRIORITY: '3' });
  await log(10, { SYSLOG_IDENTIFIER: 'wanted', PRIORITY: '7' });
  await log(10, { SYSLOG_IDENTIFIER: 'other', PRIORITY: '3' });
  const { daemon, bridge } = await startBridge(place, manager);
  await using _daemon = daemon;

  const selection = { identifiers: ['wanted'], min_priority: 'err', since: sinceUs, until: 'now' };
  const task = await manager.createStartIngestion(bridge, 'op1', asking(selection));
  await log(5, { SYSLOG_IDENTIFIER: 'wanted', PRIORITY: '3' });

  await waitForStatus(manager, task, 'done');
  assert.deepEqual(
    numbersIn(manager, 'op1').sort((a, b) => a - b),
    wanted,
  );
});

test('a task with an end that is to come goes on until then, and is done', { timeout: 300_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1');
  await using place = await Place.make();
  const { daemon, bridge } = await startBridge(place, manager);
  await using _daemon = daemon;

  const task = await manager.createStartIngestion(bridge, 'op1', asking({ until: Date.now() * 1000 + 4_000_000 }));
  const wanted = await log(20);
  await waitForNumbers(manager, 'op1', wanted);

  await waitForStatus(manager, task, 'done');
  await log(3);
  assert.deepEqual(
    numbersIn(manager, 'op1').sort((a, b) => a - b),
    wanted,
  );
});

test(
  'a task may not ask for more than its reader selects, unless the config lets it',
  { timeout: 300_000 },
  async (t) => {
    if (!(await hasJournald(t))) return;
    await using manager = await startManager('op1');
    await using place = await Place.make();
    const reader = { min_priority: 'WARNING' };
    const sinceUs = Date.now() * 1000;
    const important = await log(5, { PRIORITY: '4' });
    const rest = await log(5, { PRIORITY: '6' });
    const parameters = asking({ min_priority: 6, since: sinceUs, until: 'now' });
    {
      const { daemon, bridge } = await startBridge(place, manager, { reader });
      await using _daemon = daemon;
      await assert.rejects(manager.createStartIngestion(bridge, 'op1', parameters), /min_priority/);
      const task = await manager.createStartIngestion(bridge, 'op1', asking({ since: sinceUs, until: 'now' }));
      await waitForStatus(manager, task, 'done');
      assert.deepEqual(
        numbersIn(manager, 'op1').sort((a, b) => a - b),
        important,
      );
      await daemon.stop();
    }
    await using second = await Place.make();
    const own = { allow_custom_selection: true, bridge_name: 'host two' };
    const [port] = (await freePorts(1)) as [number];
    await using daemon = await Daemon.start(configFor(second, manager, port, { reader, own }), { inside });
    const other = await daemon.waitFor(async () => {
      const found = manager.listBridges().find(({ name }) => name === 'host two');
      return found !== undefined && (await manager.getBridgeStatus(found.id)) === 'ready' && found.id;
    }, 'a bridge that is ready');

    const task = await manager.createStartIngestion(other, 'op1', parameters);

    await waitForStatus(manager, task, 'done');
    assert.deepEqual(
      numbersIn(manager, 'op1').sort((a, b) => a - b),
      [...important, ...rest],
    );
  },
);

test(
  'two tasks go their own ways; a lost state file costs neither the bridge nor its tasks',
  { timeout: 300_000 },
  async (t) => {
    if (!(await hasJournald(t))) return;
    await using manager = await startManager('op1', 'op2');
    await using place = await Place.make();
    const { daemon, bridge, config } = await startBridge(place, manager);
    await using _daemon = daemon;
    const first = await manager.createStartIngestion(bridge, 'op1');
    const both = await log(10);
    const second = await manager.createStartIngestion(bridge, 'op2', asking({ identifiers: ['chosen'] }));
    const chosen = await log(10, { SYSLOG_IDENTIFIER: 'chosen' });
    await waitForNumbers(manager, 'op1', [...both, ...chosen]);
    await waitForNumbers(manager, 'op2', chosen);
    await manager.stopIngestion(first);
    await waitForStatus(manager, first, 'stopped');

    await daemon.kill9();
    await rm(place.statePath);
    // Tasks are shown to those only who made them or were let in.
    for (const task of manager.listTasks()) task.granted_user_ids.push('bridge');
    const more = await log(10, { SYSLOG_IDENTIFIER: 'chosen' });
    await using again = await Daemon.start(config, { inside });

    await waitForNumbers(manager, 'op2', [...chosen, ...more]);
    await waitForNumbers(manager, 'op1', [...both, ...chosen]);
    assert.equal(manager.listBridges().length, 1);
    await again.waitForLog(/begins where it was created/);
    await manager.stopIngestion(second);
    await waitForStatus(manager, second, 'stopped');
  },
);

test('an operation that is gone fails its task, and says why', { timeout: 300_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1', 'op2');
  await using place = await Place.make();
  // Requests go with the operation: what was not counted by then never is.
  const { daemon, bridge } = await startBridge(place, manager, { own: { verify_timeout: 6 } });
  await using _daemon = daemon;
  const task = await manager.createStartIngestion(bridge, 'op1');
  await manager.createStartIngestion(bridge, 'op2');
  const wanted = await log(5);
  await waitForNumbers(manager, 'op1', wanted);

  manager.deleteOperation('op1');
  wanted.push(...(await log(5)));

  await daemon.waitForLog(/the task for "op1" has failed: the operation is not there/);
  await waitForNumbers(manager, 'op2', wanted);
  assert.ok(manager.listTasks().every(({ id }) => id !== task));
});

test('a hundred starts and stops under load end as they should, and lose nothing', { timeout: 300_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1', 'op2');
  await using place = await Place.make();
  const { daemon, bridge } = await startBridge(place, manager);
  await using _daemon = daemon;
  await manager.createStartIngestion(bridge, 'op1');
  const wanted: number[] = [];
  let task = '';

  for (let round = 0; round < 100; round++) {
    wanted.push(...(await log(10)));
    task = await manager.createStartIngestion(bridge, 'op2');
    await manager.stopIngestion(task);
  }

  await waitForStatus(manager, task, 'stopped');
  await waitForNumbers(manager, 'op1', wanted);
  const second = numbersIn(manager, 'op2').sort((a, b) => a - b);
  assert.deepEqual(second, wanted.slice(wanted.indexOf(second[0] ?? -1), wanted.indexOf(second.at(-1) ?? -1) + 1));
  assert.equal(manager.ingest.reusedRequestIds.length, 0);
});

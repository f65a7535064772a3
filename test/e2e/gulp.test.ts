import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { after, test, type TestContext } from 'node:test';
import { join } from 'node:path';
import { Place } from '../integration/place.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { GulpManager } from '../support/gulp/manager.ts';
import { Journald } from '../support/journald.ts';
import { need } from '../support/need.ts';
import { freePorts } from '../support/ports.ts';
import { until } from '../support/until.ts';

const PASSWORD = 'Bridge-Pass1';
let journald: Journald | undefined;
after(() => journald?.stop());

/** One for all tests of the file. */
async function hasJournald(t: TestContext): Promise<boolean> {
  if (!need(t, 'private journald')) return false;
  journald ??= await Journald.start();
  return true;
}
let written = 0;

/** Logs entries with numbers that go on; resolves with those numbers when they are in the journal. */
async function log(count: number, fields: Record<string, string> = {}): Promise<number[]> {
  const numbers = Array.from({ length: count }, () => written++);
  await journald!.write(
    ...numbers.map((n) => ({
      MESSAGE: `entry ${n} token=s3cret`,
      PRIORITY: '6',
      SYSLOG_IDENTIFIER: 'story',
      ...fields,
    })),
  );
  await journald!.sync();
  return numbers;
}

function numbersIn(manager: GulpManager, operation: string): number[] {
  return manager
    .documents(operation)
    .map(({ message }) => Number(/^entry (\d+) /.exec(String(message))?.[1] ?? NaN))
    .filter((n) => !Number.isNaN(n));
}

/** Waits for these numbers and for no others. */
async function waitForNumbers(manager: GulpManager, operation: string, wanted: readonly number[]): Promise<void> {
  const sorted = (): number[] => numbersIn(manager, operation).sort((a, b) => a - b);
  await until(() => sorted().length >= wanted.length, {
    what: () => `${wanted.length} documents in ${operation}; there are ${sorted().length}`,
    deadlineMs: 60_000,
  });
  assert.deepEqual(sorted(), [...wanted]);
}

/** A manager with an operation or two, and a user for the bridge. */
async function startManager(...operations: string[]): Promise<GulpManager> {
  const manager = await GulpManager.start();
  for (const operation of operations) manager.addOperation(operation);
  manager.addUser('bridge', { password: PASSWORD, operations });
  return manager;
}

interface Wishes {
  readonly own?: object;
  readonly reader?: object;
}

function configFor(place: Place, manager: GulpManager, port: number, { own = {}, reader = {} }: Wishes = {}): object {
  const gulp = {
    output_type: 'gulp',
    url_server: manager.url,
    user_id: 'bridge',
    password: PASSWORD,
    bridge_url: 'http://127.0.0.1',
    bridge_port: port,
    bridge_name: 'host one',
    gulp_context_id: 'host1',
    batch_size: 50,
    max_send_interval: 0.1,
    ...own,
  };
  const filters = [{ pattern: 's3cret', replacement: '***' }];
  return {
    json_state_file_path: place.statePath,
    readers: { sys: { initial_position: 'tail', secret_filters: filters, ...reader, senders: { gulp } } },
  };
}

const inside = (...line: CommandLine): CommandLine => journald!.commandLine(...line);

/** The id that the manager has given to the bridge, once the bridge answers. */
async function readyBridge(manager: GulpManager, daemon: Daemon): Promise<string> {
  return daemon.waitFor(async () => {
    const [bridge] = manager.listBridges();
    return bridge !== undefined && (await manager.getBridgeStatus(bridge.id)) === 'ready' && bridge.id;
  }, 'a bridge that is ready');
}

async function waitForStatus(manager: GulpManager, task: string, status: string): Promise<void> {
  const seen = (): unknown => manager.listTasks().find(({ id }) => id === task)?.status;
  await until(() => seen() === status, { what: () => `status ${status}; it is ${String(seen())}`, deadlineMs: 40_000 });
}

test(
  'a task tells its whole story: start, kill -9, resume, stop, start again, delete',
  { timeout: 180_000 },
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

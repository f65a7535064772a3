import assert from 'node:assert/strict';
import { after, type TestContext } from 'node:test';
import type { Place } from '../../integration/place.ts';
import type { CommandLine } from '../child.ts';
import { Daemon } from '../daemon.ts';
import { Journald } from '../journald.ts';
import { need } from '../need.ts';
import { freePorts } from '../ports.ts';
import { until } from '../until.ts';
import { GulpManager, type GulpManagerOptions } from './manager.ts';

export const PASSWORD = 'Bridge-Pass1';
export let journald: Journald | undefined;
after(() => journald?.stop());

/** One for all tests of the file. */
export async function hasJournald(t: TestContext): Promise<boolean> {
  if (!need(t, 'private journald')) return false;
  journald ??= await Journald.start();
  return true;
}
let written = 0;

/** Logs entries with numbers that go on; resolves with those numbers when they are in the journal. */
export async function log(count: number, fields: Record<string, string> = {}): Promise<number[]> {
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

export function numbersIn(manager: GulpManager, operation: string): number[] {
  return manager
    .documents(operation)
    .map(({ message }) => Number(/^entry (\d+) /.exec(String(message))?.[1] ?? NaN))
    .filter((n) => !Number.isNaN(n));
}

/** Waits for these numbers and for no others. */
export async function waitForNumbers(
  manager: GulpManager,
  operation: string,
  wanted: readonly number[],
): Promise<void> {
  const sorted = (): number[] => numbersIn(manager, operation).sort((a, b) => a - b);
  await until(() => sorted().length >= wanted.length, {
    what: () => `${wanted.length} documents in ${operation}; there are ${sorted().length}`,
  });
  assert.deepEqual(sorted(), [...wanted]);
}

/** A manager with an operation or two, and a user for the bridge. */
export async function startManager(...operations: string[]): Promise<GulpManager> {
  return openTo(await GulpManager.start(), operations);
}

/** With these options. */
export async function startManagerWith(options: GulpManagerOptions, ...operations: string[]): Promise<GulpManager> {
  return openTo(await GulpManager.start(options), operations);
}

function openTo(manager: GulpManager, operations: readonly string[]): GulpManager {
  for (const operation of operations) manager.addOperation(operation);
  // An administrator may tell how tasks stand that others have started; others must be let in.
  manager.addUser('bridge', { password: PASSWORD, permission: ['admin'], operations });
  return manager;
}

export interface Wishes {
  readonly own?: object;
  readonly reader?: object;
}

export function configFor(
  place: Place,
  manager: GulpManager,
  port: number,
  { own = {}, reader = {} }: Wishes = {},
): object {
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

export const inside = (...line: CommandLine): CommandLine => journald!.commandLine(...line);

/** The id that the manager has given to the bridge, once the bridge answers. */
export async function readyBridge(manager: GulpManager, daemon: Daemon): Promise<string> {
  return daemon.waitFor(async () => {
    const [bridge] = manager.listBridges();
    return bridge !== undefined && (await manager.getBridgeStatus(bridge.id)) === 'ready' && bridge.id;
  }, 'a bridge that is ready');
}

export async function waitForStatus(manager: GulpManager, task: string, status: string): Promise<void> {
  const seen = (): unknown => manager.listTasks().find(({ id }) => id === task)?.status;
  await until(() => seen() === status, { what: () => `status ${status}; it is ${String(seen())}` });
}

/** A place, a daemon and the id of its bridge. */
export async function startBridge(
  place: Place,
  manager: GulpManager,
  wishes: Wishes = {},
): Promise<{ daemon: Daemon; bridge: string; config: object }> {
  const [port] = (await freePorts(1)) as [number];
  const config = configFor(place, manager, port, wishes);
  const daemon = await Daemon.start(config, { inside });
  return { daemon, config, bridge: await readyBridge(manager, daemon) };
}

export const asking = (custom_parameters: object): Record<string, unknown> => ({ custom_parameters });

import assert from 'node:assert/strict';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { Place } from '../integration/place.ts';
import { makeCertificates } from '../support/certificates.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import type { GulpManager } from '../support/gulp/manager.ts';
import {
  asking,
  configFor,
  hasJournald,
  inside,
  journald,
  log,
  numbersIn,
  readyBridge,
  startBridge,
  startManager,
  startManagerWith,
  waitForNumbers,
  waitForStatus,
} from '../support/gulp/story.ts';
import { need } from '../support/need.ts';
import { freePorts } from '../support/ports.ts';
import { until } from '../support/until.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const withoutControl = { bridge_url: undefined, bridge_port: undefined, bridge_name: undefined };
const sorted = (manager: GulpManager, operation: string): number[] =>
  numbersIn(manager, operation).sort((a, b) => a - b);

/** The serial number of the certificate that is shown at a port. */
async function serialAt(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

test('both ways lead through TLS, with certificates of a private authority that are renewed by SIGHUP', async (t) => {
  if (!need(t, 'openssl') || !(await hasJournald(t))) return;
  await using place = await Place.make();
  const { ca, server, client, otherCa } = await makeCertificates(place.path);
  const pem = (path: string): Promise<string> => readFile(path, 'utf8');
  const tls = { cert: await pem(server.certfile), key: await pem(server.keyfile), clientCa: await pem(ca) };
  await using manager = await startManagerWith({ tls, bridgeCa: await pem(ca) }, 'op1');
  const [port] = (await freePorts(1)) as [number];
  const [certfile, keyfile] = [join(place.path, 'own.pem'), join(place.path, 'own.key')];
  const show = async (from: typeof client): Promise<void> => {
    await copyFile(from.keyfile, keyfile);
    await copyFile(from.certfile, certfile);
  };
  await show(client);
  const own = { bridge_url: 'https://127.0.0.1', ca, certfile, keyfile };
  {
    await using stranger = await Daemon.start(configFor(place, manager, port, { own: { ...own, ca: otherCa } }), {
      inside,
    });
    await stranger.waitForLog(/Gulp at https:.*certificate.*trying again/);
  }
  await using daemon = await Daemon.start(configFor(place, manager, port, { own }), { inside });
  const bridge = await readyBridge(manager, daemon);
  await manager.createStartIngestion(bridge, 'op1');

  const first = await log(20);
  await waitForNumbers(manager, 'op1', first);
  const before = await serialAt(port);
  await show(server);
  await daemon.reload();
  await until(async () => (await serialAt(port).catch(() => before)) !== before, { what: 'another certificate' });
  await writeFile(certfile, 'no certificate');
  await daemon.reload();

  await daemon.waitForLog(
    /the config is not reloaded, and everything goes on as before: readers\.sys\.senders\.gulp: its certificates/,
  );
  assert.equal(await manager.getBridgeStatus(bridge), 'ready');
  await waitForNumbers(manager, 'op1', [...first, ...(await log(20))]);
});

test('a control API that listens in clear for everybody is warned of', async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1');
  await using place = await Place.make();
  const [port] = (await freePorts(1)) as [number];
  const own = { listen: `0.0.0.0:${port}` };

  await using daemon = await Daemon.start(configFor(place, manager, port, { own }), { inside });

  await daemon.waitForLog(/WARN .*the control API listens in clear at 0\.0\.0\.0: .*"certfile" and "keyfile"/);
  await readyBridge(manager, daemon);
});

test('one boot is brought whole, and one that the journal has not is refused', { timeout: 180_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1', 'op2');
  await using place = await Place.make();
  const fields = { SYSLOG_IDENTIFIER: 'of-boot' };
  const wanted = await log(10, fields);
  const { daemon, bridge } = await startBridge(place, manager);
  await using _daemon = daemon;
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const whole = { identifiers: ['of-boot'], initial_position: 'head', until: 'now' };

  const current = await manager.createStartIngestion(bridge, 'op1', asking({ ...whole, boot: 0 }));
  const byId = await manager.createStartIngestion(bridge, 'op2', asking({ ...whole, boot: bootId }));
  const other = await manager.createStartIngestion(bridge, 'op2', asking({ ...whole, boot: '0'.repeat(32) }));
  const none = manager.createStartIngestion(bridge, 'op1', asking({ boot: -99 }));

  await assert.rejects(none, /400, .*boot/);
  for (const task of [current, byId, other]) await waitForStatus(manager, task, 'done');
  assert.deepEqual(sorted(manager, 'op1'), wanted);
  assert.deepEqual(sorted(manager, 'op2'), wanted);
});

test(
  'tasks of the config run without Gulp, and one with an end does not come again',
  { timeout: 240_000 },
  async (t) => {
    if (!(await hasJournald(t))) return;
    await using manager = await startManager('op1', 'op2');
    await using place = await Place.make();
    const fields = { SYSLOG_IDENTIFIER: 'static' };
    const old = await log(10, fields);
    const ending = { identifiers: ['static'], initial_position: 'head', until: 'now' };
    const tasks = [
      { operation_id: 'OP1', custom_parameters: { identifiers: ['static'] } },
      { operation_id: 'op2', custom_parameters: ending },
    ];
    const config = configFor(place, manager, 1, { own: { ...withoutControl, tasks } });
    const stateText = (): Promise<string> => readFile(place.statePath, 'utf8').catch(() => '');
    const isOver = async (): Promise<boolean> => /"task": *"done"/.test(await stateText());
    await using first = await Daemon.start(config, { inside });
    await until(isOver, { what: 'the end of a task' });
    const wanted = await log(10, fields);
    await waitForNumbers(manager, 'op1', wanted);
    await first.stop();
    wanted.push(...(await log(5, fields)));

    await using second = await Daemon.start(config, { inside });
    await waitForNumbers(manager, 'op1', wanted);
    await second.stop();

    assert.deepEqual(sorted(manager, 'op2'), old);
    assert.deepEqual(manager.listBridges(), []);
    const toSecond = manager.requestsTo('/ingest_raw').filter(({ query }) => query.get('operation_id') === 'op2');
    assert.equal(toSecond.length, 1);
  },
);

test('--once brings the tasks of the config up to now, and ends', { timeout: 180_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1', 'op2');
  await using place = await Place.make();
  const fields = { SYSLOG_IDENTIFIER: 'once' };
  const first = await log(30, fields);
  const custom_parameters = { identifiers: ['once'], initial_position: 'head' };
  const tasks = ['op1', 'op2'].map((operation_id) => ({ operation_id, custom_parameters }));
  const config = configFor(place, manager, 1, { own: { ...withoutControl, tasks } });

  const end = await runOnce(config, { inside });
  const atFirst = sorted(manager, 'op1');
  const second = await log(10, fields);
  const again = await runOnce(config, { inside });

  assert.deepEqual([end.code, again.code], [0, 0], end.stderr + again.stderr);
  assert.deepEqual(atFirst, first);
  for (const operation of ['op1', 'op2']) assert.deepEqual(sorted(manager, operation), [...first, ...second]);
});

test('a task that is done stays so after a restart', { timeout: 240_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1', 'op2');
  await using place = await Place.make();
  const fields = { SYSLOG_IDENTIFIER: 'over' };
  const wanted = await log(10, fields);
  const { daemon, bridge, config } = await startBridge(place, manager);
  await using first = daemon;
  const end = asking({ identifiers: ['over'], initial_position: 'head', until: 'now' });
  const task = await manager.createStartIngestion(bridge, 'op1', end);
  await waitForStatus(manager, task, 'done');
  await first.kill9();
  await log(5, fields);

  await using second = await Daemon.start(config, { inside });
  await readyBridge(manager, second);
  await manager.createStartIngestion(bridge, 'op2', asking({ identifiers: ['over'] }));
  await waitForNumbers(manager, 'op2', await log(5, fields));

  assert.deepEqual(sorted(manager, 'op1'), wanted);
  assert.equal(manager.listTasks().find(({ id }) => id === task)?.status, 'done');
  const again = await manager.createStartIngestion(bridge, 'op1', end);
  assert.equal(again, task);
});

test('dead letters of tasks are sent again to their operations', { timeout: 240_000 }, async (t) => {
  if (!(await hasJournald(t))) return;
  await using manager = await startManager('op1', 'op2');
  await using place = await Place.make();
  const { daemon, bridge, config } = await startBridge(place, manager);
  await using first = daemon;
  manager.ingest.settings.refuses = ({ message }) => /^entry \d*7 /.test(String(message));
  await manager.createStartIngestion(bridge, 'op1', asking({ identifiers: ['one'] }));
  await manager.createStartIngestion(bridge, 'op2', asking({ identifiers: ['two'] }));
  const one = await log(30, { SYSLOG_IDENTIFIER: 'one' });
  const two = await log(30, { SYSLOG_IDENTIFIER: 'two' });
  const taken = (numbers: readonly number[]): number[] => numbers.filter((n) => n % 10 !== 7);
  await waitForNumbers(manager, 'op1', taken(one));
  await waitForNumbers(manager, 'op2', taken(two));
  await first.waitFor(async () => (await lettersIn(place)) === 6, 'six dead letters');
  await first.stop();
  manager.ingest.settings.refuses = () => false;
  const path = join(place.path, 'config.json');
  await writeFile(`${path}.new`, JSON.stringify(config));
  await rename(`${path}.new`, path);

  const { stdout } = await journald!.run(process.execPath, main, 'redrive', path, '--sender', 'gulp');

  assert.match(String(stdout), /6 dead letters accepted, 0 refused again/);
  assert.deepEqual(sorted(manager, 'op1'), one);
  assert.deepEqual(sorted(manager, 'op2'), two);
});

/** How many dead letters the state tells of. */
async function lettersIn(place: Place): Promise<number> {
  const { deliveries = {} } = (await place.state()).readers['sys']!.senders['gulp']!;
  return Object.values(deliveries).reduce((sum, { dead_letters }) => sum + dead_letters.count, 0);
}

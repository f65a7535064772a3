import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePorts } from '../ports.ts';
import { GulpManager } from './manager.ts';
import { Refusal } from './refusal.ts';
import { ScriptedBridge } from './scripted-bridge.ts';

test('gives the same parameters the same task, which can be started again once it has stopped', async () => {
  await using stage = await setStage();

  const first = await stage.manager.createStartIngestion(stage.bridgeId, 'case', {
    custom_parameters: { units: ['a'] },
  });
  await stage.manager.stopIngestion(first);
  const second = await stage.manager.createStartIngestion(stage.bridgeId, 'case', {
    custom_parameters: { units: ['a'] },
  });

  assert.equal(first, second);
  assert.deepEqual(stage.paths(), ['/start_ingestion', '/stop_ingestion', '/start_ingestion']);
  assert.deepEqual(
    stage.manager.statusesOf(first).map(({ status }) => status),
    ['ongoing', 'stopped', 'ongoing'],
  );
});

test('does not call the bridge for a task that it takes for ongoing', async () => {
  await using stage = await setStage();
  const id = await stage.manager.createStartIngestion(stage.bridgeId, 'case');

  const again = stage.manager.createStartIngestion(stage.bridgeId, 'case');

  const message = `bridge task already ongoing with id ${id}`;
  await assert.rejects(again, { status: 409, exception: 'ObjectAlreadyExists', message });
  assert.deepEqual(stage.paths(), ['/start_ingestion']);
});

for (const status of [201, 202, 204, 400, 401, 409, 500, 503]) {
  test(`takes ${status} for a failure of the start`, async () => {
    await using stage = await setStage();
    stage.bridge.reply = () => ({ status, body: 'no room' });

    const start = stage.manager.createStartIngestion(stage.bridgeId, 'case');

    const text = status === 204 ? '' : 'no room';
    await assert.rejects(start, { status: 500, message: `bridge start_ingestion error: ${status}, ${text}` });
    assert.deepEqual(
      stage.manager.listTasks().map((task) => [task.status, task.error]),
      [['failed', text]],
    );
  });
}

test('writes its status over what the bridge has reported in the meantime', async () => {
  await using stage = await setStage();
  const { manager } = stage;
  const admin = manager.sessions.users.get('admin')!;
  stage.bridge.reply = ({ path, body }) => {
    const { bridge_task_id: id } = JSON.parse(body) as { bridge_task_id: string };
    manager.bridges.report(admin, id, path === '/start_ingestion' ? 'failed' : 'done', 'disk full');
    return {};
  };

  const id = await manager.createStartIngestion(stage.bridgeId, 'case');
  await manager.stopIngestion(id);

  const changes = manager.statusesOf(id).map(({ status, by }) => `${status} by ${by}`);
  assert.deepEqual(changes, ['failed by bridge', 'ongoing by manager', 'done by bridge', 'stopped by manager']);
  assert.equal(manager.listTasks()[0]?.error, 'disk full');
});

test('deletes a task only if the bridge stops it', async () => {
  await using stage = await setStage();
  const id = await stage.manager.createStartIngestion(stage.bridgeId, 'case');
  stage.bridge.reply = () => ({ status: 404, body: 'task not found' });

  await assert.rejects(stage.manager.deleteIngestion(id), /stop_ingestion error: 404, task not found/);
  assert.equal(stage.manager.listTasks()[0]?.status, 'failed');

  stage.bridge.reply = () => ({});
  await stage.manager.deleteIngestion(id);
  assert.deepEqual(stage.manager.listTasks(), []);
});

test('forgets the tasks of a bridge that is unregistered, without a word to it', async () => {
  await using stage = await setStage();
  await stage.manager.createStartIngestion(stage.bridgeId, 'case');

  stage.manager.deleteBridge(stage.bridgeId);

  assert.deepEqual([stage.manager.listBridges(), stage.manager.listTasks()], [[], []]);
  assert.deepEqual(stage.paths(), ['/start_ingestion']);
});

test('leaves a task without a status when the bridge cannot be reached', async () => {
  await using manager = await GulpManager.start();
  manager.addOperation('case');
  const [port] = await freePorts(1);
  const { id } = manager.bridges.register(manager.addUser('u'), 'away', `http://127.0.0.1:${port!}`, 'secret');

  await assert.rejects(manager.createStartIngestion(id, 'case'), { exception: 'ClientConnectorError' });

  assert.deepEqual(
    manager.listTasks().map(({ status }) => status),
    [undefined],
  );
  assert.equal(await manager.getBridgeStatus(id), 'offline');
});

test('gives up on a bridge that does not answer', async () => {
  await using stage = await setStage();
  stage.manager.bridges.caller.timeoutMs = 50;
  stage.bridge.reply = () => new Promise(() => undefined);

  const start = stage.manager.createStartIngestion(stage.bridgeId, 'case');

  await assert.rejects(start, (error) => error instanceof Refusal && error.exception === 'TimeoutError');
  assert.equal(await stage.manager.getBridgeStatus(stage.bridgeId), 'offline');
});

test('follows a redirect, and does not give the token to another origin', async () => {
  await using stage = await setStage();
  await using other = await ScriptedBridge.start();
  stage.bridge.reply = () => ({ status: 307, location: `${other.url}/start_ingestion` });

  await stage.manager.createStartIngestion(stage.bridgeId, 'case');

  const [request] = other.requests;
  assert.deepEqual([request?.method, request?.body], ['POST', stage.bridge.requests[0]?.body]);
  assert.ok(!request?.rawHeaders.includes('Authorization'));
});

test('asks for the health with an empty body that says it is JSON', async () => {
  await using stage = await setStage();
  stage.bridge.reply = () => ({ body: { status: 'degraded' } });

  assert.equal(await stage.manager.getBridgeStatus(stage.bridgeId), 'degraded');

  const [request] = stage.bridge.requests;
  assert.deepEqual([request?.path, request?.body], ['/health_check', '']);
  assert.equal(request?.rawHeaders[request.rawHeaders.indexOf('Content-Type') + 1], 'application/json');
  assert.equal(stage.manager.listBridges()[0]?.status, 'degraded');
});

async function setStage() {
  const [manager, bridge] = [await GulpManager.start(), await ScriptedBridge.start()];
  manager.addOperation('case');
  const { id: bridgeId } = manager.bridges.register(manager.addUser('u'), 'journal', `${bridge.url}/`, 'secret');
  return {
    manager,
    bridge,
    bridgeId,
    paths: () => bridge.requests.map(({ path }) => path),
    async [Symbol.asyncDispose]() {
      await manager[Symbol.asyncDispose]();
      await bridge[Symbol.asyncDispose]();
    },
  };
}

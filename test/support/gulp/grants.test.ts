import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, logIn, type Question } from './client.ts';
import { GulpManager } from './manager.ts';
import { ScriptedBridge } from './scripted-bridge.ts';

const PASSWORD = 'Bridge-Pass1';

/** A manager with a bridge of the user `owner` and a task that the user `analyst` has started. */
async function setStage() {
  const stack = new AsyncDisposableStack();
  const manager = stack.use(await GulpManager.start());
  const bridge = stack.use(await ScriptedBridge.start());
  manager.addOperation('case');
  for (const user of ['owner', 'analyst']) manager.addUser(user, { operations: ['case'] });
  manager.addUser('reader', { permission: ['read'], operations: ['case'] });
  const tokens = new Map<string, string>();
  const as = async (user: string, path: string, question: Question = {}) => {
    const token = tokens.get(user) ?? (await logIn(manager.url, user, user === 'admin' ? user : PASSWORD));
    tokens.set(user, token);
    return ask(manager.url, path, { token, ...question });
  };
  const query = { name: 'one', url: bridge.url, bridge_token: 'x' };
  const { json } = await as('owner', '/register_bridge', { query });
  const { bridge_id: bridgeId } = json!.data as { bridge_id: string };
  const start = { query: { bridge_id: bridgeId, operation_id: 'case' }, body: {} };
  return { manager, as, bridgeId, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('who has not registered a bridge starts no task there before it was let in', async () => {
  await using stage = await setStage();
  const query = { obj_type: 'bridges', obj_id: stage.bridgeId, user_id: 'analyst' };

  const before = await stage.as('analyst', '/create_start_ingestion', stage.start);
  const granted = await stage.as('owner', '/object_add_granted_user', { method: 'PATCH', query });
  const after = await stage.as('analyst', '/create_start_ingestion', stage.start);

  assert.deepEqual([before.status, granted.status, after.status], [403, 200, 200]);
});

test('a bridge may report on tasks of others once it is granted on the task and the operation', async () => {
  await using stage = await setStage();
  const { json } = await stage.as('admin', '/create_start_ingestion', stage.start);
  const { bridge_task_id: id } = json!.data as { bridge_task_id: string };
  const report = { query: { bridge_task_id: id }, body: { status: 'done', error: '' } };
  const query = { obj_type: 'bridges_task', obj_id: id, user_id: 'owner' };

  const before = await stage.as('owner', '/set_bridge_task_status', report);
  await stage.as('admin', '/object_add_granted_user', { method: 'PATCH', query });
  const after = await stage.as('owner', '/set_bridge_task_status', report);
  stage.manager.withdraw('owner', 'case');
  const without = await stage.as('owner', '/set_bridge_task_status', report);

  assert.deepEqual([before.status, after.status, without.status], [403, 200, 403]);
});

for (const path of ['/list_bridges', '/list_ingestion_tasks', '/register_bridge']) {
  test(`${path} wants the permission to ingest`, async () => {
    await using stage = await setStage();

    const { status } = await stage.as('reader', path, { query: { name: 'two', url: 'http://x', bridge_token: 'y' } });

    assert.equal(status, 403);
  });
}

test('ids of tasks and the operation of a start are taken as they are written', async () => {
  await using stage = await setStage();
  const { json } = await stage.as('admin', '/create_start_ingestion', stage.start);
  const { bridge_task_id: id } = json!.data as { bridge_task_id: string };
  const query = { ...stage.start.query, operation_id: 'CASE' };

  const start = await stage.as('admin', '/create_start_ingestion', { query, body: {} });
  const report = await stage.as('admin', '/set_bridge_task_status', {
    query: { bridge_task_id: id.toUpperCase() },
    body: { status: 'done', error: '' },
  });

  assert.deepEqual([start.status, report.status], [404, 404]);
});

test('an operation takes its tasks and requests with it', async () => {
  await using stage = await setStage();
  await stage.as('admin', '/create_start_ingestion', stage.start);

  await stage.as('admin', '/operation_delete', { method: 'DELETE', query: { operation_id: 'case' } });

  assert.deepEqual(stage.manager.listTasks(), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, documentOf, ingest, logIn, multipart } from './client.ts';
import type { Reply } from './client.ts';
import { GulpManager } from './manager.ts';
import type { GulpManagerOptions } from './manager.ts';

test('stores a document and counts it', async () => {
  await using stage = await setStage();

  const { data } = await ingest(stage.url, stage.target('r1'), [documentOf()]);

  assert.deepEqual([data.records_ingested, data.records_skipped], [1, 0]);
  assert.equal(stage.manager.documents('case')[0]?.['@timestamp'], '2025-11-20T23:06:40.123456+00:00');
});

test('skips a document that it has', async () => {
  await using stage = await setStage();
  await ingest(stage.url, stage.target('r1'), [documentOf()]);

  const { data } = await ingest(stage.url, stage.target('r2'), [documentOf(), documentOf({ 'event.original': 'two' })]);

  assert.deepEqual([data.records_ingested, data.records_skipped], [1, 1]);
});

test('hides what it stored behind one document that its index does not take', async () => {
  await using stage = await setStage();

  const bad = documentOf({ 'event.original': 'two', 'process.pid': 'abc' });
  const { status, errors, data } = await ingest(stage.url, stage.target('r1'), [documentOf(), bad]);

  assert.equal(status, 'done');
  assert.match(errors[0] ?? '', /failed=1, opensearch ingestion errors/);
  assert.deepEqual([data.records_ingested, data.records_skipped, data.records_failed], [0, 0, 0]);
  assert.equal(stage.manager.documents('case').length, 1);
});

test('does not show a document that names another operation', async () => {
  await using stage = await setStage();

  const { data } = await ingest(stage.url, stage.target('r1'), [documentOf({ 'gulp.operation_id': 'typo' })]);

  assert.equal(data.records_ingested, 1);
  assert.deepEqual(stage.manager.documents('case'), []);
});

test('loses all but the first chunk of a request id', async () => {
  await using stage = await setStage();

  for (const original of ['one', 'two']) await stage.post('again', [documentOf({ 'event.original': original })]);
  await stage.manager.settled();

  assert.deepEqual(
    stage.manager.documents('case').map((doc) => doc['event.original']),
    ['one'],
  );
  assert.deepEqual(stage.manager.ingest.reusedRequestIds, ['again']);
  assert.equal((await stage.stats('again')).json?.status, 'success');
});

test('never counts a chunk that is not the last one', async () => {
  await using stage = await setStage();

  await stage.post('r1', [documentOf()], { last: 'false' });
  await stage.manager.settled();

  assert.match((await stage.stats('r1')).text, /"status":"ongoing".*"records_ingested":0/);
  assert.equal(stage.manager.documents('case').length, 1);
});

test('in the mode of loss says pending, stores nothing and never counts', async () => {
  await using stage = await setStage({ isLost: true });

  const { status, json } = await stage.post('r1', [documentOf()]);
  await stage.manager.settled();

  assert.deepEqual([status, json?.status], [200, 'pending']);
  assert.match(
    (await stage.stats('r1')).text,
    /"status":"ongoing","req_type":"raw_ingest".*"errors":\[\].*"records_ingested":0/,
  );
  assert.deepEqual(stage.manager.documents('case'), []);
});

test('knows nothing of a request until its worker begins, and counts only at the end', async () => {
  await using stage = await setStage();
  const statusWhenHeld = async (at: 'queued' | 'begun' | 'stored') => {
    using _hold = stage.manager.hold(at);
    await stage.post(at, [documentOf()]);
    await stage.manager.settled();
    const { status, text } = await stage.stats(at);
    return [status, /"status":"(ongoing|done)"/.exec(text)?.[1], stage.manager.documents('case').length];
  };

  assert.deepEqual(await statusWhenHeld('queued'), [404, undefined, 0]);
  await stage.manager.settled();
  stage.manager.ingest.dropIndex('case');
  assert.deepEqual(await statusWhenHeld('begun'), [200, 'ongoing', 0]);
  await stage.manager.settled();
  stage.manager.ingest.dropIndex('case');
  assert.deepEqual(await statusWhenHeld('stored'), [200, 'ongoing', 1]);
  await stage.manager.settled();
  assert.match((await stage.stats('stored')).text, /"status":"done"/);
});

test('takes its time to count', async () => {
  await using stage = await setStage({ counterDelayMs: [100, 120] });
  const begin = performance.now();

  await ingest(stage.url, stage.target('r1'), [documentOf()]);

  // timers may fire a millisecond early
  assert.ok(performance.now() - begin > 95);
});

test('ends the session before when a user logs in again', async () => {
  await using stage = await setStage();
  await logIn(stage.url, 'bridge', 'Bridge-Pass1');

  const ingested = await stage.post('r1', [documentOf()]);
  const listed = await ask(stage.url, '/list_bridges', { token: stage.token, body: {} });

  assert.deepEqual([ingested.status, errorOf(ingested)], [404, `GulpUserSession with id "${stage.token}" not found`]);
  assert.deepEqual([listed.status, errorOf(listed)], [401, `token "${stage.token}" not logged in`]);
  assert.deepEqual(stage.manager.sessions.logins, ['bridge', 'bridge']);
});

test('echoes the secrets of a request in its error body', async () => {
  await using stage = await setStage();

  const query = { name: 'n', url: 'u', bridge_token: 'token-of-the-bridge' };
  await ask(stage.url, '/register_bridge', { token: stage.token, query });
  const twice = await ask(stage.url, '/register_bridge', { token: stage.token, query });
  const login = await ask(stage.url, '/login', { body: { user_id: 'bridge', password: 'wrong-Pass1' } });

  assert.equal(twice.status, 500);
  for (const secret of [stage.token, 'token-of-the-bridge']) assert.ok(twice.text.includes(secret), secret);
  assert.ok(login.text.includes('wrong-Pass1'));
});

const takenAway: Readonly<Record<string, readonly [(manager: GulpManager) => void, number, RegExp]>> = {
  'the session': [
    (manager) => {
      manager.revokeSession('bridge');
    },
    404,
    /^GulpUserSession with id/,
  ],
  'the permission': [
    (manager) => {
      manager.setPermission('bridge', ['read']);
    },
    403,
    /INGEST: 'ingest'.*obj=case, obj_owner=admin/,
  ],
  'the access': [
    (manager) => {
      manager.withdraw('bridge', 'case');
    },
    403,
    /^User bridge .* access the object case\.$/,
  ],
  'the operation': [
    (manager) => {
      manager.deleteOperation('case');
    },
    404,
    /^GulpOperation with id "case" not found$/,
  ],
};
for (const [what, [take, status, message]] of Object.entries(takenAway)) {
  test(`refuses a chunk once ${what} was taken away`, async () => {
    await using stage = await setStage();
    take(stage.manager);

    const reply = await stage.post('r1', [documentOf()]);

    assert.equal(reply.status, status);
    assert.match(errorOf(reply), message);
  });
}

const faults = [
  ['bad gateway', 502, /^<html>/],
  ['plain error', 500, /^Internal Server Error$/],
  ['queue full', 503, /task_queue_full/],
  ['throttled', 429, /"error":"ip_throttle".*"retry_after_msec"/],
  ['echoing error', 500, /OperationalError","msg":"cannot serve operation_id=case/],
] as const;
for (const [fault, status, text] of faults) {
  test(`answers with a fault that was ordered: ${fault}`, async () => {
    await using stage = await setStage();
    stage.manager.breaks('/ingest_raw', fault, 1);

    const [broken, whole] = [await stage.post('r1', [documentOf()]), await stage.post('r2', [documentOf()])];

    assert.equal(broken.status, status);
    assert.match(broken.text, text);
    assert.equal(whole.status, 200);
  });
}

for (const [fault, stored] of [
  ['reset before', 0],
  ['reset after', 1],
  ['cut answer', 1],
] as const) {
  test(`breaks the connection when that was ordered: ${fault}`, async () => {
    await using stage = await setStage();
    stage.manager.breaks('/ingest_raw', fault, 1);

    await assert.rejects(stage.post('r1', [documentOf()]), TypeError);
    await stage.manager.settled();

    assert.equal(stage.manager.documents('case').length, stored);
  });
}

test('never answers while it is to hang', async () => {
  await using stage = await setStage();
  using _fault = stage.manager.breaks('*', 'hang');

  const login = fetch(`${stage.url}/login`, { method: 'POST', signal: AbortSignal.timeout(50) });

  await assert.rejects(login, { name: 'TimeoutError' });
});

test('comes back at the same port, without what was queued', async () => {
  await using stage = await setStage({ counterDelayMs: [10_000, 10_000] });
  await stage.post('r1', [documentOf()]);

  await stage.manager.goDown();
  await assert.rejects(stage.stats('r1'), TypeError);
  await stage.manager.comeBack();

  assert.equal((await stage.stats('r1')).status, 404);
});

test('remembers every request, with how it was answered', async () => {
  await using stage = await setStage();

  await stage.post('R1 ', [documentOf()]);

  const [seen] = stage.manager.requestsTo('/ingest_raw');
  assert.deepEqual([seen?.requestId, seen?.status, seen?.headers['token']], ['r1', 200, stage.token]);
});

async function setStage(options: GulpManagerOptions = {}) {
  const manager = await GulpManager.start(options);
  manager.addOperation('case');
  manager.addUser('bridge', { operations: ['case'] });
  const { url } = manager;
  const token = await logIn(url, 'bridge', 'Bridge-Pass1');
  return {
    manager,
    url,
    token,
    target: (requestId: string) => ({ token, operation: 'case', requestId }),
    post: (requestId: string, chunk: unknown, more: Readonly<Record<string, string>> = {}): Promise<Reply> => {
      const query = { operation_id: 'case', ws_id: 'none', req_id: requestId, last: 'true', ...more };
      return ask(url, '/ingest_raw', { token, query, ...multipart(chunk) });
    },
    stats: (requestId: string): Promise<Reply> =>
      ask(url, '/request_get_by_id', { method: 'GET', token, query: { obj_id: requestId } }),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}

function errorOf({ json }: Reply): string {
  return (json?.data as { __error: { msg: string } }).__error.msg;
}

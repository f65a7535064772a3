import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createLog } from '../../telemetry/log.ts';
import { ControlApi } from './control-api.ts';
import { Guard } from './guard.ts';
import { sha256 } from './registration.ts';
import { readTask, ParameterError } from './task-parameters.ts';

const TOKEN = 'a-token-of-the-manager';
const started: string[] = [];
const stopped: string[] = [];
const logged: string[] = [];
const guard = new Guard();
let api: ControlApi;
let url = '';

before(async () => {
  guard.digest = sha256(TOKEN);
  api = new ControlApi({
    guard,
    tls: {},
    prefix: '/bridge',
    log: createLog({ write: (line) => logged.push(line) }),
    start: ({ bridge_task_id, plugin_params }) => {
      readTask((plugin_params as { custom_parameters?: unknown } | undefined)?.custom_parameters, Date.now() * 1000);
      if (bridge_task_id === 'no') throw new ParameterError('it cannot be');
      started.push(bridge_task_id);
      return Promise.resolve('started');
    },
    stop: (id) => {
      stopped.push(id);
      return Promise.resolve();
    },
    health: () => ({ status: 'ready' }),
  });
  await api.listen('127.0.0.1', 0);
  url = `http://127.0.0.1:${api.port!}`;
});
after(() => api.close());

const bearer = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
const task = { bridge_id: 'b', bridge_task_id: 't', operation_id: 'o', plugin_params: { custom_parameters: {} } };

async function call(path: string, init: RequestInit): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url + path, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const post = (path: string, body: unknown, headers: Record<string, string> = bearer) =>
  call(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

test('starts, stops and tells its health as the manager wants it', async () => {
  const start = await post('/start_ingestion', task);
  const stop = await post('/stop_ingestion', { bridge_id: 'b', bridge_task_id: 'never heard of' });
  const health = await post('/health_check', '');
  const get = await call('/health_check', { headers: bearer });

  assert.deepEqual(start, { status: 200, body: { message: 'ingestion started', task_id: 't' } });
  assert.deepEqual(stop, { status: 200, body: { message: 'ingestion stopped', task_id: 'never heard of' } });
  assert.deepEqual(health, { status: 200, body: { status: 'ready' } });
  assert.deepEqual(get, health);
});

const refused: [string, string, unknown, number, RegExp][] = [
  ['no JSON', '/start_ingestion', '{', 400, /no JSON/],
  ['an empty body', '/start_ingestion', '', 400, /no JSON/],
  ['a list', '/start_ingestion', [], 400, /JSON object/],
  ['a key that is missing', '/start_ingestion', { ...task, operation_id: undefined }, 400, /"operation_id" is missing/],
  ['a key of another kind', '/stop_ingestion', { bridge_id: 'b', bridge_task_id: 7 }, 400, /"bridge_task_id"/],
  [
    'a prototype for a name',
    '/stop_ingestion',
    { bridge_id: 'b', bridge_task_id: '__proto__' },
    400,
    /"bridge_task_id"/,
  ],
  [
    'parameters that cannot be',
    '/start_ingestion',
    { ...task, plugin_params: { custom_parameters: { unit: 1 } } },
    400,
    /only these keys/,
  ],
  ['more than there is room for', '/start_ingestion', { ...task, x: 'x'.repeat(1024 * 1024) }, 413, /larger than/],
  ['an abyss', '/start_ingestion', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400, /nested/],
  ['another path', '/metrics', {}, 404, /no such path/],
  ['a path of every object', '/constructor', {}, 404, /no such path/],
];

for (const [title, path, body, status, detail] of refused) {
  test(`${title} is refused with ${status}`, async () => {
    const answer = await post(path, body);

    assert.equal(answer.status, status);
    assert.match(String(answer.body['detail']), detail);
    assert.ok(String(answer.body['detail']).length < 300);
  });
}

test('another method is refused', async () => {
  const { status } = await call('/start_ingestion', { method: 'DELETE', headers: bearer });

  assert.equal(status, 405);
});

for (const authorization of [
  undefined,
  '',
  'Bearer',
  'Bearer ',
  `Basic ${TOKEN}`,
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(1)}`,
  'Bearer a b',
]) {
  test(`${String(authorization)} does not get in, and waits for it`, async () => {
    const began = performance.now();

    const { status, body } = await post('/start_ingestion', task, authorization === undefined ? {} : { authorization });

    assert.equal(status, 401);
    assert.deepEqual(body, { detail: 'Unauthorized' });
    assert.ok(performance.now() - began > 900);
  });
}

test('nobody gets in before a token is known', () => {
  const empty = new Guard();

  assert.equal(empty.admits('Bearer '), false);
  assert.equal(empty.admits('Bearer x'), false);
});

test('while a new token is made known both it and the old one get in', () => {
  const both = new Guard();
  both.digest = sha256('old');
  both.nextDigest = sha256('new');

  const admitted = ['old', 'new', 'other'].filter((token) => both.admits(`Bearer ${token}`));

  assert.deepEqual(admitted, ['old', 'new']);
});

test('those who guess all wait, however many they are, and whoever has the token does not', async () => {
  const began = performance.now();
  let refused = 0;

  const guesses = Array.from({ length: 100 }, async () => {
    const { status } = await post('/start_ingestion', task, { authorization: 'Bearer wrong' });
    assert.equal(status, 401);
    assert.ok(performance.now() - began > 900);
    refused++;
  });
  const { status } = await post('/health_check', '');

  assert.equal(status, 200);
  assert.equal(refused, 0);
  await Promise.all(guesses);
});

const crowds: [string, (socket: Socket) => unknown][] = [
  ['that say nothing', () => undefined],
  ['that never finish a head', (socket) => socket.write('POST /start_ingestion HTTP/1.1\r\nHost: x\r\n')],
  [
    'that guess',
    (socket) => socket.write('POST /start_ingestion HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\n\r\n'),
  ],
];

for (const [title, say] of crowds) {
  test(`a thousand connections ${title} keep nobody out`, { timeout: 180_000 }, async () => {
    const sockets = Array.from({ length: 1000 }, () => {
      const socket = connect(api.port!, '127.0.0.1', () => say(socket));
      return socket.on('error', () => undefined).resume();
    });
    await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));

    const answers = [await post('/health_check', ''), await post('/start_ingestion', task)];
    for (const socket of sockets) socket.destroy();

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    assert.deepEqual(logged, []);
  });
}

test('a path that stands before ours in the address is known, whether a proxy takes it away or not', async () => {
  const { status } = await post('/bridge/health_check', '');
  const other = await post('/bridges/health_check', '');

  assert.deepEqual([status, other.status], [200, 404]);
});

test('a body that comes too slowly does not hold up others', async () => {
  const socket = connect(api.port!, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `POST /start_ingestion HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n{`,
  );

  const { status } = await post('/health_check', '');
  socket.destroy();

  assert.equal(status, 200);
});

test('whatever comes is answered without a fault', { timeout: 180_000 }, async () => {
  const path = fc.oneof(fc.constantFrom('/start_ingestion', '/stop_ingestion', '/health_check', '/'), fc.webPath());
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record({
        bridge_id: fc.anything(),
        bridge_task_id: fc.string(),
        operation_id: fc.string(),
        plugin_params: fc.object(),
      })
      .map((value) => JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? 0 : each))),
  );
  const method = fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
  const type = fc.constantFrom(
    'application/json',
    'text/plain',
    'multipart/form-data',
    'application/json; charset=utf-16',
  );

  await fc.assert(
    fc.asyncProperty(path, body, method, type, async (to, content, verb, contentType) => {
      const { status } = await fetch(new URL(to.replace(/^\/+/, '/'), url), {
        method: verb,
        headers: { ...bearer, 'content-type': contentType },
        body: content,
      });

      assert.ok([200, 400, 404, 405, 413].includes(status), `${verb} ${to}: ${status}`);
    }),
    { numRuns: 300 },
  );
  assert.deepEqual(logged, []);
});

test('what is no HTTP is answered, or cut off', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      const socket = connect(api.port!, '127.0.0.1');
      let answer = '';
      socket.on('error', () => undefined).on('data', (data) => (answer += data.toString('latin1')));
      socket.end(bytes);
      if (!socket.closed) await once(socket, 'close');

      assert.ok(answer === '' || /^HTTP\/1\.1 4\d\d /.test(answer), answer);
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(logged, []);
});

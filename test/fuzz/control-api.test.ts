import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { ControlApi } from '../../src/senders/gulp/control-api.ts';
import { Guard } from '../../src/senders/gulp/guard.ts';
import { sha256 } from '../../src/senders/gulp/registration.ts';
import { readTask } from '../../src/senders/gulp/task-parameters.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { fuzz } from '../support/fuzz.ts';
import { mutatedBy, mutations } from '../support/mutations.ts';
import { until } from '../support/until.ts';

const TOKEN = 'secret-1';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a real manager sent, without the answers. */
const calls = readFileSync(join(import.meta.dirname, '../fixtures/gulp/manager-to-bridge.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Call);

/** The request as bytes; Gulp's own length unless another one is given. */
function bytesOf({ method, path, headers }: Call, body: Buffer, more: Readonly<Record<string, string>> = {}): Buffer {
  const { 'Content-Length': _, ...rest } = headers;
  const all = { ...rest, 'Content-Length': String(body.length), Connection: 'close', ...more };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body]);
}

async function serve(t: TestContext) {
  const guard = new Guard();
  guard.digest = sha256(TOKEN);
  const logged: string[] = [];
  const running = new Set<string>();
  const api = new ControlApi({
    guard,
    tls: {},
    prefix: '',
    log: createLog({ write: (line) => logged.push(line) }),
    start: ({ bridge_task_id: id, plugin_params }) => {
      readTask((plugin_params as { custom_parameters?: unknown } | undefined)?.custom_parameters, Date.now() * 1000);
      running.add(id);
      return Promise.resolve('started');
    },
    stop: (id) => {
      running.delete(id);
      return Promise.resolve();
    },
    health: () => ({ status: 'ready' }),
  });
  await api.listen('127.0.0.1', 0);
  t.after(() => api.close());
  const send = async (bytes: Buffer): Promise<string> => {
    const socket = connect(api.port!, '127.0.0.1');
    let answer = '';
    socket.on('error', () => undefined).on('data', (data) => (answer += data.toString('latin1')));
    socket.end(bytes);
    // `once` would reject for an error: to be cut off is an answer, too.
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    return answer;
  };
  const isServing = async (): Promise<boolean> => {
    const health = calls.find(({ path }) => path === '/health_check')!;
    return (await send(bytesOf(health, Buffer.from('')))).startsWith('HTTP/1.1 200 ');
  };
  return { send, isServing, logged };
}

const sockets = (): number => readdirSync('/proc/self/fd').length;

/** All answers in what came back are proper ones. */
function assertProper(answer: string): void {
  if (answer !== '')
    assert.match(answer, /^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (200|4\d\d) /, answer.slice(0, 300));
  assert.doesNotMatch(answer, /HTTP\/1\.1 5\d\d|\bat .*\.ts:|secret-1/);
}

const header = fc.constantFrom<Readonly<Record<string, string>>>(
  { 'Transfer-Encoding': 'chunked' },
  { 'Transfer-Encoding': 'chunked', 'Content-Length': '' },
  { 'Transfer-Encoding': 'gzip, chunked', 'Content-Length': '' },
  { 'Content-Length': '-1' },
  { 'Content-Length': '99999999999999999999' },
  { 'Content-Length': '1048577' },
  { 'Content-Length': '0x10' },
  { 'Content-Encoding': 'gzip' },
  { 'Content-Type': 'application/json; charset=utf-16' },
  { 'Content-Type': 'multipart/form-data' },
  { Expect: '100-continue' },
  { Expect: 'nothing' },
  { Upgrade: 'websocket', Connection: 'Upgrade' },
  { Host: '' },
  { 'X-Long': 'x'.repeat(20_000) },
  { ...Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`X-${n}`, 'x'])) },
  { Cookie: '__proto__=1', Range: 'bytes=0-' },
  {},
);
const path = fc.oneof(
  fc.constantFrom(...calls.map((call) => call.path)),
  fc.constantFrom(
    '/../start_ingestion',
    '//start_ingestion',
    '/start_ingestion/',
    '/%2e%2e/',
    '/start_ingestion%00',
    '*',
  ),
  fc.constantFrom(
    'http://evil.test/start_ingestion',
    '/__proto__',
    '/constructor',
    '/?a=b',
    `/${'x'.repeat(9000)}`,
    '/health_check#x',
  ),
);
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '__proto__',
    'constructor',
    '',
    '../../etc',
    'a\0b',
    '\ud800',
    'x'.repeat(5000),
    1e308,
    -1,
    [],
    {},
    [[]],
  ),
);
const keys = ['bridge_id', 'bridge_task_id', 'operation_id', 'plugin_params', '__proto__', 'constructor'];
const parameters = fc.dictionary(
  fc.constantFrom('start', 'end', 'units', 'min_priority', 'match', 'follow', 'from', 'to', '__proto__', 'x'),
  value,
  { maxKeys: 4 },
);

/** A real body with members of other kinds, or with bytes changed. */
const bodyOf = (call: Call): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc
      .array(mutations('{', '}', '"', '[', '\\u0000', '1e999', '"__proto__":', '\xff'), { minLength: 1, maxLength: 3 })
      .map((list) => mutatedBy(Buffer.from(call.body), list)),
    fc
      .tuple(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }), fc.option(parameters))
      .map(([edits, custom_parameters]) => {
        const body = call.body === '' ? {} : (JSON.parse(call.body) as object);
        const more = custom_parameters === null ? {} : { plugin_params: { custom_parameters } };
        return Buffer.from(JSON.stringify({ ...body, ...more, ...edits }));
      }),
    fc
      .constantFrom(
        '',
        '[]',
        'null',
        '"x"',
        '['.repeat(50_000),
        `{"a":${'['.repeat(40)}${']'.repeat(40)}}`,
        'x'.repeat(1_100_000),
        '5\r\n{"a":\r\nzz\r\n',
      )
      .map((text) => Buffer.from(text)),
  );

const request = fc.constantFrom(...calls).chain((call) =>
  fc
    .record({
      body: bodyOf(call),
      more: header,
      to: fc.option(path),
      method: fc.constantFrom(call.method, call.method, 'GET', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE', 'PRI'),
    })
    .map(({ body, more, to, method }) => bytesOf({ ...call, method, path: to ?? call.path }, body, more)),
);
const broken = fc
  .tuple(
    fc.constantFrom(...calls),
    fc.array(mutations('\r\n', '\r\n\r\n', ' ', ':', '\n', '\0', 'HTTP/9.9'), { minLength: 1, maxLength: 3 }),
  )
  .map(([call, list]) => mutatedBy(bytesOf(call, Buffer.from(call.body)), list));

test(
  'real requests that were changed get a proper answer; nothing breaks, leaks or is told',
  { timeout: 120_000 },
  async (t) => {
    const { send, isServing, logged } = await serve(t);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    assert.ok(await isServing());
    const openBefore = sockets();
    collect();
    const heapBefore = process.memoryUsage().heapUsed;

    await fuzz(
      t,
      fc.asyncProperty(fc.oneof({ weight: 2, arbitrary: request }, broken), async (bytes) => {
        // Whoever has no token waits a second; that is for another test.
        const isAdmitted = bytes.includes(`Authorization: Bearer ${TOKEN}\r\n`);
        const answer = isAdmitted ? await send(bytes) : '';

        assertProper(answer);
      }),
      { runs: 500, seconds: 10 },
    );

    assert.ok(await isServing(), 'it still serves');
    await until(() => sockets() <= openBefore + 2, { what: 'no socket is left open' });
    collect();
    const grown = process.memoryUsage().heapUsed - heapBefore;
    assert.ok(grown < 30e6, `${grown} bytes more`);
    assert.deepEqual(logged, []);
  },
);

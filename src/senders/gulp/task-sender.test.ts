import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { AuthenticationError, RejectedError, RetryableError } from '../../errors.ts';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GulpManager } from '../../../test/support/gulp/manager.ts';
import { until } from '../../../test/support/until.ts';
import { createLog } from '../../telemetry/log.ts';
import type { Batch, Sender } from '../sender.ts';
import { Client } from './client.ts';
import type { GulpOptions } from './options.ts';
import { shippingOf } from './shipping.ts';
import { createPostSlots } from './post-slots.ts';
import { createTaskSender } from './task-sender.ts';

const PASSWORD = 'Bridge-Pass1';
const never = new AbortController().signal;

/** A sender of one operation and what is behind it. */
class Bed implements AsyncDisposable {
  readonly manager: GulpManager;
  readonly client: Client;
  readonly sender: Sender;
  readonly senderFor: (operationId: string) => Sender;
  readonly logged: string[] = [];

  constructor(manager: GulpManager, own: Partial<GulpOptions> = {}) {
    this.manager = manager;
    const options = {
      url_server: manager.url,
      user_id: 'bridge',
      password: PASSWORD,
      source_id: 'journalctl',
      gulp_context_id: 'host1',
      batch_size: 10,
      verify: 'counters',
      verify_timeout: 5,
      tasks: [],
      allow_custom_selection: false,
      gulp_unmapped: false,
      ...own,
    } satisfies GulpOptions;
    this.client = new Client(options, createLog({ write: (line) => this.logged.push(line) }));
    const tools = { client: this.client, slots: createPostSlots(200) };
    this.senderFor = (operationId) => createTaskSender(shippingOf(options, tools, { operationId }));
    this.sender = this.senderFor('op1');
  }

  static async make(
    own: Partial<GulpOptions> = {},
    settings: Parameters<typeof GulpManager.start>[0] = {},
  ): Promise<Bed> {
    const manager = await GulpManager.start(settings);
    manager.addOperation('op1');
    manager.addUser('bridge', { password: PASSWORD, operations: ['op1'] });
    return new Bed(manager, own);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.manager[Symbol.asyncDispose]();
  }
}

/** Entries with these messages; each has a time and a cursor of its own. */
function batchOf(messages: readonly string[], first = 0): Batch {
  const payloads = messages.map((MESSAGE, i) => {
    const cursor = `s=1;i=${first + i}`;
    const us = 1_763_680_000_000_000 + first + i;
    return Buffer.from(
      `${JSON.stringify([cursor, us, null])}\n${JSON.stringify({ __CURSOR: cursor, MESSAGE, PRIORITY: '6' })}\n`,
    );
  });
  let end = 0;
  const ends = Uint32Array.from(payloads, ({ length }) => (end += length));
  return { bytes: Buffer.concat(payloads), ends, last: { cursor: 's=1;i=x', realtimeUs: 0 } };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);
const messagesOf = ({ manager }: Bed): unknown[] =>
  manager
    .documents('op1')
    .map(({ message }) => message)
    .sort();

async function thrownBy(action: Promise<unknown>): Promise<Error> {
  try {
    await action;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

test('a batch is stored when it is accepted, by requests that are each of their own', async () => {
  await using bed = await Bed.make();

  await bed.sender.connect(never);
  await bed.sender.send(batchOf(numbered(95)), never);

  assert.deepEqual(messagesOf(bed), numbered(95).sort());
  const requests = bed.manager.requestsTo('/ingest_raw');
  assert.equal(requests.length, 10);
  assert.equal(new Set(requests.map(({ requestId }) => requestId)).size, 10);
  assert.deepEqual(bed.manager.ingest.reusedRequestIds, []);
  assert.ok(requests.every(({ query }) => query.get('last') === 'true'));
  assert.equal(bed.manager.requestsTo('/login').length, 1);
});

test('what is sent again is no second document', async () => {
  await using bed = await Bed.make();

  await bed.sender.send(batchOf(numbered(20)), never);
  await bed.sender.send(batchOf(numbered(20)), never);

  assert.equal(messagesOf(bed).length, 20);
});

test('requests wait for their counters together, more than ten times as fast as one by one', async () => {
  await using bed = await Bed.make({}, { counterDelayMs: [2000, 2000] });

  const began = performance.now();
  await bed.sender.send(batchOf(numbered(160)), never);
  const ms = performance.now() - began;

  assert.equal(messagesOf(bed).length, 160);
  assert.ok(ms < (16 * 2000) / 10, `16 requests of 2 s took ${Math.round(ms)} ms`);
});

test('an operation whose requests hang does not hold up another one', async () => {
  await using bed = await Bed.make();
  bed.manager.addOperation('op2');
  bed.manager.addUser('bridge', { password: PASSWORD, operations: ['op1', 'op2'] });
  const stopping = new AbortController();
  await bed.sender.connect(never);
  bed.manager.breaks('/ingest_raw', 'hang', 2);

  const hanging = thrownBy(bed.senderFor('op2').send(batchOf(numbered(60)), stopping.signal));
  await until(() => bed.manager.requestsTo('/ingest_raw').length === 2, { what: 'two requests that hang' });
  await bed.sender.send(batchOf(numbered(60)), never);

  assert.equal(messagesOf(bed).length, 60);
  stopping.abort();
  await hanging;
});

test('a document that Gulp refuses is found and rejected, the others are stored', async () => {
  await using bed = await Bed.make();
  const poison = (line: string): string => line.replace('"message":"bad"', '"event_original":"bad"');
  const options = (bed.sender as unknown as { options: { toDocument: (entry: never) => string } }).options;
  const { toDocument } = options;
  options.toDocument = (entry) => poison(toDocument(entry));
  const messages = numbered(30).with(7, 'bad').with(22, 'bad');

  const error = await thrownBy(bed.sender.send(batchOf(messages), never));

  assert.ok(error instanceof RejectedError);
  assert.deepEqual(
    error.rejected.map(({ index }) => index),
    [7, 22],
  );
  assert.deepEqual(error.remaining, []);
  assert.deepEqual(messagesOf(bed), messages.filter((message) => message !== 'bad').sort());
});

test('a server that never counts gets nothing acknowledged, and the remedy is told', async () => {
  await using bed = await Bed.make({ verify_timeout: 0.3 }, { isLost: true });

  const error = await thrownBy(bed.sender.send(batchOf(numbered(15)), never));

  assert.ok(error instanceof RetryableError);
  assert.match(error.message, /pip install 'gulp-cli==1\.1\.11' 'gulp-sdk<2'/);
  assert.deepEqual(
    error.remaining,
    Array.from({ length: 15 }, (_, i) => i),
  );
  bed.manager.ingest.settings.isLost = false;
  await bed.sender.send(batchOf(numbered(15)), never);
  assert.equal(messagesOf(bed).length, 15);
});

test('with verify none a batch is accepted when Gulp has taken it', async () => {
  await using bed = await Bed.make({ verify: 'none' }, { isLost: true });

  await bed.sender.send(batchOf(numbered(15)), never);

  assert.equal(bed.manager.requestsTo('/request_get_by_id').length, 0);
});

test('a session that somebody has ended is opened again, in the middle of a batch too', async () => {
  await using bed = await Bed.make({}, { counterDelayMs: [300, 300] });

  const sending = bed.sender.send(batchOf(numbered(40)), never);
  await until(() => bed.manager.requestsTo('/ingest_raw').length === 4, { what: 'four requests' });
  bed.manager.revokeSession('bridge');
  await sending;

  assert.equal(messagesOf(bed).length, 40);
  assert.equal(bed.manager.requestsTo('/login').length, 2);
});

test('a contest for the session is told, and given way to', async () => {
  await using bed = await Bed.make();
  const stopping = new AbortController();

  for (let i = 0; i < 4; i++) {
    await bed.sender.send(batchOf([`m${i}`], i), never);
    bed.manager.revokeSession('bridge');
  }
  const waiting = thrownBy(bed.sender.send(batchOf(['late'], 9), stopping.signal));
  await until(() => bed.logged.some((line) => line.includes('another client logs in')), { what: 'a warning' });
  stopping.abort();
  await waiting;

  assert.equal(bed.manager.requestsTo('/login').length, 4);
});

for (const fault of [
  'bad gateway',
  'plain error',
  'reset after',
  'cut answer',
  'queue full',
  'echoing error',
] as const) {
  test(`a batch that meets "${fault}" is told of without secrets, and sent again`, async () => {
    await using bed = await Bed.make();
    await bed.sender.connect(never);
    bed.manager.breaks('/ingest_raw', fault, 1);
    const token = bed.manager.requestsTo('/login').length;
    assert.equal(token, 1);

    const error = await thrownBy(bed.sender.send(batchOf(numbered(10)), never));
    await bed.sender.send(batchOf(numbered(10)), never);

    assert.ok(error instanceof RetryableError, String(error));
    assert.equal(messagesOf(bed).length, 10);
    for (const request of bed.manager.requests) {
      const session = String(request.headers['token']);
      assert.ok(!error.message.includes(PASSWORD) && !error.message.includes(session) && !error.message.includes('m3'));
    }
  });
}

test('polls that fail do not fail the batch: the request is there', async () => {
  await using bed = await Bed.make();
  bed.manager.breaks('/request_get_by_id', 'bad gateway', 2);
  bed.manager.breaks('/request_get_by_id', 'reset before', 1);

  await bed.sender.send(batchOf(numbered(10)), never);

  assert.equal(bed.manager.requestsTo('/ingest_raw').length, 1);
});

test('a wrong password is told as what it is, and not tried by every task at once', async () => {
  await using bed = await Bed.make({ password: 'Wrong-Pass1' });

  const errors = await Promise.all([1, 2, 3].map(() => thrownBy(bed.sender.connect(never))));

  for (const error of errors) {
    assert.ok(error instanceof AuthenticationError);
    assert.match(error.message, /check "user_id" and "password"/);
    assert.ok(!error.message.includes('Wrong-Pass1'));
  }
  assert.equal(bed.manager.requestsTo('/login').length, 1);
});

test('gives up at once when the signal aborts', async () => {
  await using bed = await Bed.make({}, { isLost: true });
  const stopping = new AbortController();

  const failed = thrownBy(bed.sender.send(batchOf(numbered(50)), stopping.signal));
  await until(() => bed.manager.requestsTo('/ingest_raw').length === 5, { what: 'the requests' });
  const began = performance.now();
  stopping.abort();
  await failed;

  assert.ok(performance.now() - began < 5000);
  await bed.sender.close();
  await bed.sender.close();
});

test('what a server had not counted when it was restarted is sent to it again', async () => {
  await using bed = await Bed.make({ verify_timeout: 6 });
  const held = bed.manager.hold('queued');
  const sending = bed.sender.send(batchOf(numbered(20)), never);
  await until(() => bed.manager.requestsTo('/ingest_raw').length === 2, { what: 'two requests' });

  await bed.manager.goDown();
  held[Symbol.dispose]();
  // The proxy before it says so while it starts.
  using _starting = bed.manager.breaks('/request_get_by_id', 'bad gateway', 2);
  await bed.manager.comeBack();
  await sending;

  assert.deepEqual(messagesOf(bed), numbered(20).sort());
  assert.equal(bed.manager.requestsTo('/ingest_raw').length, 4);
});

/** A proxy that takes no body larger than this, as nginx does by default with a MiB. */
async function proxyTo(url: string, maxBytes: number): Promise<AsyncDisposable & { url: string; tooLarge: number }> {
  const server = createServer((request, response) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      proxy.tooLarge++;
      request.resume();
      response.writeHead(413, { 'content-type': 'text/html' }).end('<h1>413 Request Entity Too Large</h1>');
      return;
    }
    const { method, headers } = request;
    const onward = ask(new URL(request.url!, url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward.on('error', () => response.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tooLarge: 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

test('requests that a proxy finds too large become smaller ones, and stay so', async (t) => {
  await using bed = await Bed.make();
  await using proxy = await proxyTo(bed.manager.url, 20_000);
  const through = new Bed(bed.manager, { url_server: proxy.url, batch_size: 100 });
  t.after(() => through.client.close());
  const messages = numbered(40).map((name) => name.padEnd(1000, '.'));

  await through.sender.send(batchOf(messages), never);
  const atFirst = proxy.tooLarge;
  await through.sender.send(batchOf(messages, 100), never);

  assert.ok(atFirst > 0);
  assert.equal(proxy.tooLarge, atFirst);
  assert.equal(messagesOf(bed).length, 80);
});

test('an entry that is too large by itself is a dead letter, and the others are stored', async (t) => {
  await using bed = await Bed.make();
  await using proxy = await proxyTo(bed.manager.url, 20_000);
  const through = new Bed(bed.manager, { url_server: proxy.url });
  t.after(() => through.client.close());

  const error = await thrownBy(through.sender.send(batchOf(['a', 'b'.repeat(30_000), 'c']), never));

  assert.ok(error instanceof RejectedError);
  assert.deepEqual(
    error.rejected.map(({ index, reason }) => [index, /413.*too large/.test(reason)]),
    [[1, true]],
  );
  assert.deepEqual(messagesOf(bed), ['a', 'c']);
});

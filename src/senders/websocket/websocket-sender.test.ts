import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { jwtVerify } from 'jose';
import { uncompress } from 'snappy';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { batchOfLines, websocketSender } from '../../../test/support/websocket-sender.ts';
import { AuthenticationError, NotConnectedError } from '../../errors.ts';
import type { WebsocketOptions } from './options.ts';

const never = new AbortController().signal;
const quick = { answerMs: 300, keepAliveMs: 100 };

/** A real receiver; `act` sees each connection. */
async function serve(
  t: TestContext,
  act: (socket: WebSocket, request: IncomingMessage) => void,
  options: { autoPong?: boolean; perMessageDeflate?: boolean } = {},
): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  server.on('connection', act);
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const senderTo = (t: TestContext, uri: string, own: Partial<WebsocketOptions> = {}) =>
  websocketSender(t, { websocket_uri: uri, ...own }, quick);

const shapes: readonly (readonly [string, Partial<WebsocketOptions>, readonly string[]])[] = [
  ['entries joined by NUL in raw snappy', {}, ['{"a":1}\0{"b":2}\0{"c":3}']],
  ['plain bytes', { compression: 'none' }, ['{"a":1}\0{"b":2}\0{"c":3}']],
  ['deflated frames', { websocket_compression: 'deflate' }, ['{"a":1}\0{"b":2}\0{"c":3}']],
  ['a frame for each entry', { max_batch_size: 0 }, ['{"a":1}', '{"b":2}', '{"c":3}']],
  ['frames of limited size', { max_batch_size: 15 }, ['{"a":1}\0{"b":2}', '{"c":3}']],
];
for (const [title, own, expected] of shapes) {
  test(`sends ${title}`, async (t) => {
    const frames: Buffer[] = [];
    let seen: IncomingMessage | undefined;
    const deflate = { perMessageDeflate: true };
    const uri = await serve(
      t,
      (socket, request) => {
        seen = request;
        socket.on('message', (data) => frames.push(data as Buffer));
      },
      deflate,
    );
    const sender = senderTo(t, uri, own);

    await sender.connect(never);
    await sender.send(batchOfLines('{"a":1}', '{"b":2}', '{"c":3}'), never);

    const isPlain = own.compression === 'none';
    const texts = await Promise.all(frames.map(async (frame) => String(isPlain ? frame : await uncompress(frame))));
    assert.deepEqual(texts, expected);
    assert.equal(seen?.headers['journalpump-compression'], isPlain ? 'none' : 'snappy');
    assert.equal(seen.headers['journalpump-batch-size'], String(own.max_batch_size ?? 1_048_576));
    assert.equal('sec-websocket-extensions' in seen.headers, own.websocket_compression === 'deflate');
  });
}

const acks = { websocket_ack: true };
const failures: readonly (readonly [string, Partial<WebsocketOptions>, (socket: WebSocket) => void, RegExp])[] = [
  [
    'is killed in mid-batch',
    {},
    (socket) => {
      socket.terminate();
    },
    /close code 1006/,
  ],
  [
    'closes with a code',
    {},
    (socket) => {
      socket.close(1013, 'busy');
    },
    /overloaded .*1013, "busy"/,
  ],
  [
    'acknowledges nonsense',
    acks,
    (socket) => {
      socket.send('x');
    },
    /something else/,
  ],
  [
    'acknowledges too much',
    acks,
    (socket) => {
      socket.send('{"ack":9}');
    },
    /only 1/,
  ],
  [
    'acknowledges a frame twice',
    { ...acks, max_batch_size: 0 },
    (socket) => {
      socket.send('{"ack":1}');
      socket.send('{"ack":1}');
    },
    /acknowledged frame 1, but frame 2 was next/,
  ],
  [
    'acknowledges out of order',
    { ...acks, max_batch_size: 0 },
    (socket) => {
      socket.send('{"ack":2}');
    },
    /acknowledged frame 2, but (frame 1 was next|only 1 were sent)/,
  ],
  [
    'acknowledges by a number that is none',
    acks,
    (socket) => {
      socket.send('{"ack":"1"}');
    },
    /something else/,
  ],
  [
    'acknowledges by a message without end',
    acks,
    (socket) => {
      socket.send(`{"ack":1,"x":"${'x'.repeat(2 ** 20)}"}`);
    },
    /the connection broke: .*[Mm]ax payload size exceeded/,
  ],
  [
    'sends a flood of acknowledgements',
    acks,
    (socket) => {
      for (let n = 0; n < 10_000; n++) socket.send('{"ack":7}');
    },
    /only 1 were sent/,
  ],
  ['acknowledges nothing', acks, () => undefined, /took nothing for 0.3 s/],
];
for (const [title, own, act, message] of failures) {
  test(`a batch is not accepted when the receiver ${title}`, async (t) => {
    const sender = senderTo(
      t,
      await serve(t, (socket) =>
        socket.on('message', () => {
          act(socket);
        }),
      ),
      own,
    );
    await sender.connect(never);

    const sent = sender.send(batchOfLines('{"a":1}', '{"b":2}'), never);

    await assert.rejects(sent, (error: Error) => error instanceof NotConnectedError && message.test(error.message));
  });
}

test('an acknowledgement may be a binary frame', async (t) => {
  const uri = await serve(t, (socket) => {
    socket.on('message', () => {
      socket.send(Buffer.from('{"ack": 1}'));
    });
  });
  const sender = senderTo(t, uri, acks);

  await sender.connect(never);
  await sender.send(batchOfLines('{"a":1}'), never);
});

test('what a receiver says unasked is dropped, however much it is, and its pings are answered', async (t) => {
  let pongs = 0;
  const uri = await serve(t, (socket) => {
    for (let n = 0; n < 2000; n++) socket.send('x'.repeat(10_000));
    socket.on('pong', () => pongs++);
    socket.ping('are you there');
  });
  const sender = senderTo(t, uri);
  await sender.connect(never);
  const before = process.memoryUsage().rss;

  for (let n = 0; n < 5; n++) await sender.send(batchOfLines('{"a":1}'), never);

  assert.equal(pongs, 1);
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
});

test('a batch is not accepted when no pong comes, and is on the next connection', async (t) => {
  let connections = 0;
  const uri = await serve(
    t,
    (socket) => {
      const isFirst = connections++ === 0;
      socket.on('ping', (data) => {
        if (!isFirst) socket.pong(data);
      });
    },
    { autoPong: false },
  );
  const sender = senderTo(t, uri);
  await sender.connect(never);

  await assert.rejects(sender.send(batchOfLines('{"a":1}'), never), NotConnectedError);
  await sender.connect(never);
  await sender.send(batchOfLines('{"a":1}'), never);

  assert.equal(connections, 2);
});

for (const [status, kind, message] of [
  [401, AuthenticationError, /does not let us in \(HTTP 401\)/],
  [403, AuthenticationError, /does not let us in \(HTTP 403\)/],
  [302, NotConnectedError, /sends us elsewhere/],
  [503, NotConnectedError, /cannot serve us now/],
] as const) {
  test(`a handshake answered with ${status} is explained`, async (t) => {
    const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const sender = senderTo(t, `ws://127.0.0.1:${(server.address() as AddressInfo).port}`);

    await assert.rejects(sender.connect(never), (error: Error) => error instanceof kind && message.test(error.message));
  });
}

test('logs in with a token that it has signed', async (t) => {
  let header = '';
  const uri = await serve(t, (_, { headers }) => (header = headers.authorization ?? ''));
  const secret = 'a-secret-of-more-than-thirty-two-bytes';
  const sender = senderTo(t, uri, { jwt: { secret, algorithm: 'HS256', claims: { sub: 'host1' }, expires_in: 60 } });

  await sender.connect(never);
  await sender.send(batchOfLines('{}'), never);

  const { payload } = await jwtVerify(header.replace('Bearer ', ''), Buffer.from(secret));
  assert.equal(payload.sub, 'host1');
  assert.equal(payload.exp! - payload.iat!, 60);
});

test('the receiver of the documentation prints and acknowledges each frame', async (t) => {
  const file = new URL('../../../docs/examples/websocket-receiver.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill());
  const [ready] = (await once(createInterface(child.stderr), 'line')) as [string];
  const output: string[] = [];
  createInterface(child.stdout).on('line', (line) => output.push(line));
  const port = /\d+$/.exec(ready)?.[0] ?? '';
  const sender = senderTo(t, `ws://127.0.0.1:${port}`, { websocket_ack: true, max_batch_size: 15 });

  await sender.connect(never);
  await sender.send(batchOfLines('{"a":1}', '{"b":2}', '{"c":3}'), never);
  await sender.send(batchOfLines('{"d":4}'), never);

  await sender.close();
  child.kill();
  await once(child, 'close');
  assert.deepEqual(output, ['{"a":1}', '{"b":2}', '{"c":3}', '{"d":4}']);
});

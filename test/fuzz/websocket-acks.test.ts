import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { WebSocketServer, type WebSocket } from 'ws';
import { JournalbridgeError } from '../../src/errors.ts';
import type { Batch } from '../../src/senders/sender.ts';
import { createWebsocketSender } from '../../src/senders/websocket/websocket-sender.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { fuzz } from '../support/fuzz.ts';

const FRAMES = 3;
const quick = { answerMs: 150, keepAliveMs: 60_000 };

/** What a receiver says when it has all frames, or each of them: bytes in pieces, as text or not. */
interface Word {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
  readonly pieces: number;
}

const ack = (n: number | string): string => `{"ack": ${n}}`;
const odd = fc.oneof(
  fc.integer({ min: -2, max: FRAMES + 2 }).map(ack),
  fc.constantFrom('1.0', '1e0', '"1"', '[1]', 'true', 'null', '1.5', '1e400', '9007199254740993', '-0').map(ack),
  fc.json(),
  fc.constantFrom(
    '',
    '{',
    '1',
    '{"ack":1,"ack":3}',
    '{"ACK":1}',
    '{"__proto__":{"ack":1}}',
    '{"nack":1}',
    '\ufeff{"ack":1}',
    '{"ack":1}{"ack":2}',
    '{"ack":1}\n',
    '[{"ack":1}]',
    '['.repeat(20_000),
    ack(`1${' '.repeat(60_000)}`),
    `{"x":"${'x'.repeat(70_000)}","ack":1}`,
  ),
);
const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const word = fc.record({
  bytes: fc.oneof({ weight: 5, arbitrary: odd.map((text) => Buffer.from(text)) }, noise),
  isBinary: fc.boolean(),
  pieces: fc.constantFrom(1, 1, 2, 5),
});
const right = fc
  .tuple(fc.boolean(), fc.constantFrom(1, 3))
  .map(([isBinary, pieces]): Word[] =>
    Array.from({ length: FRAMES }, (_, n) => ({ bytes: Buffer.from(ack(n + 1)), isBinary, pieces })),
  );
/** The right words with some left out, moved, repeated or replaced. */
const words = fc.oneof(
  fc.array(word, { maxLength: 5 }),
  fc
    .tuple(right, fc.nat(FRAMES), fc.nat(2), fc.array(word, { maxLength: 2 }))
    .map(([list, at, drop, put]) => list.toSpliced(at, drop, ...put)),
  fc.tuple(right, fc.nat(FRAMES - 1)).map(([list, n]) => [...list.slice(0, n + 1), ...list.slice(n)]),
  right.map((list) => list.toReversed()),
  right,
);

/** How many frames a strict reader takes for acknowledged, word by word, before the first that is wrong. */
function acknowledged(said: readonly Word[]): number {
  let count = 0;
  for (const { bytes, isBinary } of said) {
    if (bytes.length > 64 * 1024 || (!isBinary && !isText(bytes)) || numberIn(bytes) !== count + 1) break;
    count++;
  }
  return count;
}

function numberIn(bytes: Buffer): unknown {
  try {
    const value = JSON.parse(bytes.toString()) as { ack?: unknown } | null;
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'ack') ? value.ack : undefined;
  } catch {
    return undefined; // no JSON
  }
}

function isText(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString()).equals(bytes);
}

function say(socket: WebSocket, { bytes, isBinary, pieces }: Word): void {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at === 0 || at < bytes.length; at += size) {
    const isLast = at + size >= bytes.length;
    socket.send(bytes.subarray(at, at + size), { binary: isBinary, fin: isLast }, () => undefined);
  }
}

function batch(): Batch {
  const bytes = Buffer.from('{"a":1}\n'.repeat(FRAMES));
  return {
    bytes,
    ends: Uint32Array.from({ length: FRAMES }, (_, n) => (n + 1) * 8),
    last: { cursor: 'c', realtimeUs: 1 },
  };
}

/** A receiver that says what it is told to once it has all frames of a batch. */
async function receive(t: TestContext) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  let toSay: readonly Word[] = [];
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    let frames = 0;
    socket.on('close', () => open--).on('error', () => undefined);
    socket.on('message', () => {
      if (++frames === FRAMES) for (const each of toSay) say(socket, each);
    });
  });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return {
    uri: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    willSay: (said: readonly Word[]) => (toSay = said),
    open: () => open,
  };
}

test('a batch is acknowledged only by the numbers of its frames in their order, whatever else is said', async (t) => {
  const receiver = await receive(t);
  const options = {
    websocket_uri: receiver.uri,
    ssl: false,
    compression: 'none',
    websocket_compression: 'none',
    max_batch_size: 0,
    websocket_ack: true,
  } as const;
  const sender = createWebsocketSender(options, createLog({ write: () => undefined }), quick);
  t.after(() => sender.close());
  const { signal } = new AbortController();
  const trySending = async (said: readonly Word[]): Promise<boolean> => {
    receiver.willSay(said);
    await sender.connect(signal);
    try {
      await sender.send(batch(), signal);
      return true;
    } catch (error) {
      assert.ok(error instanceof JournalbridgeError, String(error));
      return false;
    }
  };
  let taken = 0;

  await fuzz(
    t,
    fc.asyncProperty(words, async (said) => {
      const isTaken = await trySending(said);

      assert.equal(isTaken, acknowledged(said) >= FRAMES);
      if (isTaken) taken++;
    }),
    { runs: 250, seconds: 8 },
  );

  const whole = Array.from({ length: FRAMES }, (_, n) => ({
    bytes: Buffer.from(ack(n + 1)),
    isBinary: false,
    pieces: 1,
  }));
  assert.ok(await trySending(whole), 'it still works');
  assert.ok(taken > 0 && receiver.open() <= 2, `${taken} taken, ${receiver.open()} connections`);
});

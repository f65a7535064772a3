import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { uncompressSync } from 'snappy';
import { WebSocketServer, type WebSocket } from 'ws';
import { NotConnectedError, RejectedError } from '../../errors.ts';
import { createLog } from '../../telemetry/log.ts';
import type { Batch, Sender } from '../sender.ts';
import type { WebsocketOptions } from './options.ts';
import { createWebsocketSender } from './websocket-sender.ts';

const never = new AbortController().signal;

/** What a receiver has got, entry by entry. */
async function receive(t: TestContext, act: (socket: WebSocket, frames: number) => void, maxPayload = 1024 * 1024) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload });
  const got: string[] = [];
  server.on('connection', (socket) => {
    let frames = 0;
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      got.push(...(uncompressSync(data as Buffer) as Buffer).toString().split('\0'));
      act(socket, ++frames);
    });
  });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { got, uri: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function senderTo(t: TestContext, uri: string, own: Partial<WebsocketOptions> = {}): Sender {
  const sender = createWebsocketSender(
    {
      websocket_uri: uri,
      ssl: false,
      compression: 'snappy',
      websocket_compression: 'none',
      max_batch_size: 1_048_576,
      websocket_ack: false,
      ...own,
    },
    createLog({ write: () => undefined }),
    { answerMs: 2000, keepAliveMs: 60_000 },
  );
  t.after(() => sender.close());
  return sender;
}

function batchOf(lines: readonly string[]): Batch {
  const pieces = lines.map((line) => Buffer.from(`${line}\n`));
  let end = 0;
  const ends = Uint32Array.from(pieces, ({ length }) => (end += length));
  return { bytes: Buffer.concat(pieces), ends, last: { cursor: 'c', realtimeUs: 1 } };
}

/** Sends until all is settled, as a delivery does; the entries that were refused. */
async function settle(sender: Sender, lines: readonly string[], attempts: number): Promise<string[]> {
  const refused: string[] = [];
  let rest = [...lines];
  let isConnected = false;
  for (let attempt = 0; rest.length > 0; attempt++) {
    assert.ok(attempt < attempts, `${rest.length} entries are left after ${attempt} attempts`);
    if (!isConnected) await sender.connect(never);
    isConnected = true;
    const sent = rest;
    rest = [];
    await sender.send(batchOf(sent), never).catch((error: unknown) => {
      if (error instanceof RejectedError) refused.push(...error.rejected.map(({ index }) => sent[index]!));
      else assert.ok(error instanceof NotConnectedError, String(error));
      isConnected = error instanceof RejectedError;
      rest = (error instanceof RejectedError || error.remaining ? error.remaining! : [...sent.keys()]).map(
        (index) => sent[index]!,
      );
    });
  }
  return refused;
}

const lines = Array.from({ length: 20 }, (_, n) => `{"n":${n}}`);
for (const websocket_ack of [false, true]) {
  test(`a receiver that closes after each three frames gets all of a batch of twenty, ${websocket_ack ? 'by acknowledgements' : 'by pings'}`, async (t) => {
    const { got, uri } = await receive(t, (socket, frames) => {
      if (frames > 3) return;
      if (websocket_ack) socket.send(JSON.stringify({ ack: frames }));
      if (frames === 3) socket.close(1001);
    });

    await settle(senderTo(t, uri, { websocket_ack, max_batch_size: 0 }), lines, 25);

    assert.deepEqual([...new Set(got)], lines);
  });
}

/** Nothing that a compressor makes smaller. */
function noise(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64');
}

for (const [title, own] of [
  ['full frames', {}],
  ['a frame for each entry', { max_batch_size: 0 }],
  ['acknowledgements', { websocket_ack: true }],
] as const) {
  test(`frames too large for the receiver get smaller, and an entry that never fits is refused: ${title}`, async (t) => {
    const acknowledge = (socket: WebSocket, frames: number): void => {
      if ('websocket_ack' in own) socket.send(JSON.stringify({ ack: frames }));
    };
    const { got, uri } = await receive(t, acknowledge, 4096);
    const entries = Array.from({ length: 30 }, (_, n) => `${n} ${noise(n === 17 ? 9000 : 600)}`);

    const refused = await settle(senderTo(t, uri, own), entries, 20);

    assert.deepEqual(refused, [entries[17]]);
    assert.deepEqual(
      [...new Set(got)],
      entries.filter((_, n) => n !== 17),
    );
  });
}

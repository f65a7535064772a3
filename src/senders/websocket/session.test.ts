import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from '../../../test/support/until.ts';
import { NotConnectedError } from '../../errors.ts';
import { Session } from './session.ts';

const patience = { answerMs: 500, keepAliveMs: 60_000 };

async function listen(t: TestContext) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { server, uri: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a socket that has closed before anybody listened is told, not waited for', async (t) => {
  const { server, uri } = await listen(t);
  server.on('connection', (socket) => {
    socket.terminate();
  });
  const socket = new WebSocket(uri);
  await once(socket, 'close');

  const session = new Session(socket, false, patience);

  assert.throws(() => {
    session.check();
  }, NotConnectedError);
  await assert.rejects(session.confirm(new AbortController().signal), NotConnectedError);
  await session.close();
});

test('waits for a receiver that reads slowly, and holds little for it', async (t) => {
  const { server, uri } = await listen(t);
  let taken = 0;
  server.on('connection', (receiver) => {
    receiver.on('message', (data) => {
      taken += (data as Buffer).length;
      receiver.pause();
      setTimeout(() => {
        receiver.resume();
      }, 20);
    });
  });
  const socket = new WebSocket(uri);
  await once(socket, 'open');
  const session = new Session(socket, false, patience);
  const { signal } = new AbortController();
  let held = 0;

  for (let n = 0; n < 40; n++) {
    await session.write(Buffer.alloc(1024 * 1024), signal);
    held = Math.max(held, socket.bufferedAmount);
  }
  await session.confirm(signal);

  assert.equal(taken, 40 * 1024 * 1024);
  assert.ok(held <= 5 * 1024 * 1024 + 1000, String(held));
  await session.close();
});

test('answers to a receiver that asks without end and reads nothing do not fill the memory', async (t) => {
  const { server, uri } = await listen(t);
  const socket = new WebSocket(uri, { autoPong: false });
  const [[receiver]] = (await Promise.all([once(server, 'connection'), once(socket, 'open')])) as [
    [WebSocket],
    unknown,
  ];
  receiver.pause();
  const session = new Session(socket, false, patience);
  let asked = 0;
  socket.on('ping', () => asked++);

  for (let n = 0; n < 200_000; n++) receiver.ping(Buffer.alloc(120));
  await until(() => asked === 200_000, { what: 'all pings' });

  assert.ok(socket.bufferedAmount <= 5 * 1024 * 1024 + 1000, String(socket.bufferedAmount));
  await assert.rejects(session.confirm(new AbortController().signal), /took nothing for 0\.5 s/);
  await session.close();
});

test('a receiver that takes frame after frame, each in time, has as long as it needs for all of them', async (t) => {
  const { server, uri } = await listen(t);
  let taken = 0;
  server.on('connection', (receiver) => {
    receiver.on('message', () => {
      taken++;
      receiver.pause();
      setTimeout(() => {
        receiver.resume();
      }, 200);
    });
  });
  const socket = new WebSocket(uri);
  await once(socket, 'open');
  const session = new Session(socket, false, { answerMs: 1500, keepAliveMs: 50 });
  const { signal } = new AbortController();

  // The kernel takes them at once, so that nothing but pongs tells of the receiver.
  for (let n = 0; n < 15; n++) await session.write(Buffer.alloc(128 * 1024), signal);
  await session.confirm(signal);

  assert.equal(taken, 15);
  await session.close();
});

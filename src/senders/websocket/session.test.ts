import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { NotConnectedError } from '../../errors.ts';
import { Session } from './session.ts';

const patience = { answerMs: 500, keepAliveMs: 60_000 };

test('a socket that has closed before anybody listened is told, not waited for', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.terminate();
  });
  await once(server, 'listening');
  t.after(() => {
    server.close();
  });
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(socket, 'close');

  const session = new Session(socket, false, patience);

  assert.throws(() => {
    session.check();
  }, NotConnectedError);
  await assert.rejects(session.confirm(new AbortController().signal), NotConnectedError);
  await session.close();
});

test('waits for a receiver that reads slowly, and holds little for it', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
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
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
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

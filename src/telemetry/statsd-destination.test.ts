import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { lacksIpv6, StatsdServer } from '../../test/support/statsd-server.ts';
import { until } from '../../test/support/until.ts';
import { createLog } from './log.ts';
import type { StatsdAddress } from './statsd-address.ts';
import { StatsdDestination } from './statsd-destination.ts';

interface Names {
  address: string | undefined;
  asked: number;
}

function destinationFor(t: TestContext, address: StatsdAddress, names: Names = { address: undefined, asked: 0 }) {
  const logged: string[] = [];
  const resolve = async () => {
    names.asked++;
    await delay(1);
    if (names.address === undefined) throw new Error('getaddrinfo ENOTFOUND statsd.example');
    return names.address;
  };
  const log = createLog({ write: (line) => logged.push(line) });
  const destination = new StatsdDestination(address, log, { resolve, againMs: 5, retryMs: 5 });
  t.after(() => destination.close());
  const send = () => {
    destination.client?.count('x', 1);
    destination.client?.flush();
  };
  return { destination, logged, send };
}

const name = (port: number): StatsdAddress => ({ kind: 'name', host: 'statsd.example', port });

test('a name that cannot be looked up at first is found later', async (t) => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const names: Names = { address: undefined, asked: 0 };
  const { destination, logged, send } = destinationFor(t, name(server.port), names);
  await until(() => names.asked > 3, { what: 'retries' });

  names.address = '127.0.0.1';
  await until(() => destination.client !== undefined, { what: 'a client' });
  send();

  await server.waitForLine('x:1|c');
  assert.equal(logged.length, 1);
  assert.match(logged[0]!, /metrics do not reach statsd\.example:\d+: getaddrinfo ENOTFOUND .*; shipping goes on\./);
});

test('a name that moves, to the other family even, is followed', { skip: lacksIpv6 }, async (t) => {
  using server = await StatsdServer.atAddress('::1');
  const names: Names = { address: '127.0.0.1', asked: 0 };
  const { destination, logged, send } = destinationFor(t, name(server.port), names);
  const first = await until(() => destination.client, { what: 'a client' });

  names.address = '::1';
  await until(() => destination.client !== first, { what: 'another client' });
  send();

  await server.waitForLine('x:1|c');
  assert.deepEqual(logged, []);
});

test('a name that cannot be looked up any more keeps its address', async (t) => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const names: Names = { address: '127.0.0.1', asked: 0 };
  const { destination, send } = destinationFor(t, name(server.port), names);
  const first = await until(() => destination.client, { what: 'a client' });

  names.address = undefined;
  const asked = names.asked;
  await until(() => names.asked > asked + 3, { what: 'lookups in vain' });
  send();

  await server.waitForLine('x:1|c');
  assert.equal(destination.client, first);
});

test('while a lookup hangs no other is begun, and a close waits for it only shortly', async (t) => {
  let asked = 0;
  const log = createLog({ write: () => undefined });
  const resolve = () => {
    asked++;
    return new Promise<string>(() => undefined);
  };
  const destination = new StatsdDestination(name(1), log, { resolve, againMs: 1, retryMs: 1 });
  t.after(() => destination.close());

  const began = performance.now();
  await destination.ready();
  await destination.close();

  assert.ok(performance.now() - began < 10_000);
  assert.equal(asked, 1);
});

test('a close before the client is there leaves no socket behind', async () => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const log = createLog({ write: () => undefined });
  const destination = new StatsdDestination({ kind: 'ip', host: '127.0.0.1', port: server.port }, log);

  await destination.close();
  await destination.ready();

  assert.equal(destination.client, undefined);
});

test('a path that is too long for a socket is named, not cut', async (t) => {
  const { destination, logged } = destinationFor(t, { kind: 'socket', path: `/tmp/${'x'.repeat(200)}` });

  await destination.ready();

  assert.equal(destination.client, undefined);
  assert.match(logged[0]!, /the path of a socket has at most 107 bytes/);
});

import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { StatsdServer } from '../../test/support/statsd-server.ts';
import { until } from '../../test/support/until.ts';
import { createLog } from './log.ts';
import { StatsdDestination } from './statsd-destination.ts';
import { Statsd } from './statsd.ts';
import type { StatsdAddress } from './statsd-address.ts';

async function socketPath(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'statsd-'));
  t.after(() => folder.remove());
  return join(folder.path, 'statsd.sock');
}

function logging() {
  const logged: string[] = [];
  return { logged, log: createLog({ write: (line) => logged.push(line) }) };
}

async function openFiles(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

const dead: readonly (readonly [title: string, address: StatsdAddress, lines: number])[] = [
  ['nobody listens at the port', { kind: 'ip', host: '127.0.0.1', port: 9 }, 0],
  ['there is no way to the address', { kind: 'ip', host: '255.255.255.255', port: 9 }, 1],
  ['the name does not exist', { kind: 'name', host: 'statsd.invalid', port: 9 }, 1],
  ['the socket does not exist', { kind: 'socket', path: '/nowhere/statsd.sock' }, 1],
  ['the path is no socket', { kind: 'socket', path: '/dev/null' }, 1],
];

for (const [title, address, lines] of dead) {
  test(`when ${title}, metrics neither throw nor wait nor pile up, and the log has ${lines} line(s)`, async () => {
    const { logged, log } = logging();
    const statsd = new Statsd(address, log);

    const began = performance.now();
    for (let i = 0; i < 50_000; i++) statsd.count(`x,i=${i % 5000}`, 1);
    for (let i = 0; i < 1000; i++) statsd.gauge('y', i);
    const took = performance.now() - began;
    const unreachable = () => logged.filter((line) => line.includes('do not reach'));
    await until(() => unreachable().length >= lines, { what: 'the line' });
    await statsd.close();

    assert.ok(took < 5000, `${took} ms`);
    assert.ok(heldBy(statsd) <= 4000, `${heldBy(statsd)} series`);
    assert.equal(unreachable().length, lines, logged.join(''));
    assert.ok(logged.length <= lines + 1, logged.join(''));
  });
}

/** Series that wait to be sent. */
function heldBy(statsd: Statsd): number {
  return Object.values(statsd).reduce((sum: number, part) => sum + (part instanceof Map ? part.size : 0), 0);
}

test('a statsd at a Unix socket may die and come back any number of times', { timeout: 180_000 }, async (t) => {
  const path = await socketPath(t);
  const { logged, log } = logging();
  const destination = new StatsdDestination({ kind: 'socket', path }, log);
  t.after(() => destination.close());
  await destination.ready();
  const client = destination.client!;
  const send = () => {
    client.count('x', 1);
    client.flush();
  };
  const before = await openFiles();

  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 20; k++) send();
    using server = StatsdServer.atPath(path);
    await until(() => (send(), server.lines.length > 0), { what: 'a metric', everyMs: 50 });
  }
  send();
  await destination.close();
  await destination.close();

  assert.equal(logged.length, 1, logged.join(''));
  assert.match(logged[0]!, /no such file or directory|connection refused/);
  await until(async () => (await openFiles()) < before + 1, { what: 'closed sockets' });
});

test('a statsd at a Unix socket that does not read holds up nobody', async (t) => {
  const path = await socketPath(t);
  using server = StatsdServer.atPath(path);
  const { logged, log } = logging();
  const destination = new StatsdDestination({ kind: 'socket', path }, log);
  t.after(() => destination.close());
  await destination.ready();

  // The server's event loop is ours: it reads nothing during this.
  for (let i = 0; i < 5000; i++) {
    destination.client!.count('x', 1);
    destination.client!.flush();
  }
  const came = server.lines.length;
  await until(() => server.lines.length > came, { what: 'what the socket had room for' });

  assert.ok(server.lines.length < 5000);
  assert.ok(logged.length <= 1, logged.join(''));
});

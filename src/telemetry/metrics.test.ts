import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { lacksIpv6, StatsdServer } from '../../test/support/statsd-server.ts';
import { createLog } from './log.ts';
import { createMetrics, noMetrics, type MetricsConfig } from './metrics.ts';

function metricsFor(t: TestContext, config: MetricsConfig) {
  const logged: string[] = [];
  const metrics = createMetrics(config, createLog({ write: (line) => logged.push(line) }));
  t.after(() => metrics.close());
  return { metrics, logged };
}

async function socketPath(t: TestContext): Promise<string> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'metrics-'));
  t.after(() => folder.remove());
  return join(folder.path, 'statsd.sock');
}

for (const host of ['127.0.0.1', '::1', 'localhost']) {
  test(`a gauge and a count arrive over UDP at ${host}`, { skip: host === '::1' && lacksIpv6 }, async (t) => {
    using server = await StatsdServer.atAddress(host === 'localhost' ? '127.0.0.1' : host);
    const { metrics, logged } = metricsFor(t, { statsd: { host, port: server.port, prefix: 'p-' } });

    metrics.gauge('journal.read_lines', 7, { reader: 'r' });
    metrics.count('journalbridge.gaps', 2, { reader: 'r' });
    await metrics.close();

    await server.waitForLine('p-journal.read_lines,reader=r:7|g');
    await server.waitForLine('p-journalbridge.gaps,reader=r:2|c');
    assert.deepEqual(logged, []);
  });
}

test('a gauge and a count arrive at a Unix datagram socket', async (t) => {
  const path = await socketPath(t);
  using server = StatsdServer.atPath(path);
  const { metrics, logged } = metricsFor(t, { statsd: { path } });

  metrics.gauge('journal.read_lines', 0.5);
  metrics.count('journalbridge.gaps', 2);
  await metrics.close();

  await server.waitForLine('journal.read_lines:0.5|g');
  await server.waitForLine('journalbridge.gaps:2|c');
  assert.deepEqual(logged, []);
});

test('metrics are sent within seconds without being asked', async (t) => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const { metrics } = metricsFor(t, { statsd: { host: '127.0.0.1', port: server.port } });

  metrics.count('journalbridge.gaps', 1);

  await server.waitForLine('journalbridge.gaps:1|c');
});

test('the tags of statsd, of the config and of the metric come together, the nearer one first', async (t) => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const statsd = { host: '127.0.0.1', port: server.port, tags: { a: 'statsd', b: 'statsd', c: 'x, y' } };
  const { metrics } = metricsFor(t, { statsd, tags: { b: 'top', reader: 'top', d: 3 } });

  metrics.gauge('journal.read_lines', 1, { reader: 'r' });
  await metrics.close();

  await server.waitForLine('journal.read_lines,a=statsd,b=top,c=x_y,reader=r,d=3:1|g');
});

test('counts between two flushes add up, gauges keep the last value', async (t) => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const { metrics } = metricsFor(t, { statsd: { host: '127.0.0.1', port: server.port } });

  for (let i = 1; i <= 1000; i++) {
    metrics.hit('logins', { user: 'u' });
    metrics.gauge('journal.read_lines', i);
  }
  await metrics.close();

  await server.waitForLine('logins,user=u:1000|c');
  assert.deepEqual(server.lines.toSorted(), ['journal.read_lines:1000|g', 'logins,user=u:1000|c']);
});

test('many metrics go out in datagrams that fit a frame', async (t) => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const { metrics } = metricsFor(t, { statsd: { host: '127.0.0.1', port: server.port } });
  const count = 1000;

  for (let i = 0; i < count; i++) metrics.hit('logins', { user: `user-${i}` });
  await metrics.close();

  await server.waitForLine(`logins,user=user-${count - 1}:1|c`);
  assert.equal(server.lines.length, count);
  assert.ok(server.datagrams.every((datagram) => Buffer.byteLength(datagram) <= 1400));
  assert.ok(server.datagrams.length <= count / 40);
});

const odd: readonly (readonly [title: string, value: number, wire: string | undefined])[] = [
  ['a negative value', -5, 'journal.read_lines:0|g'],
  ['a large value', 2 ** 53 - 1, 'journal.read_lines:9007199254740991|g'],
  ['a value that is no number', NaN, undefined],
  ['an infinite value', Infinity, undefined],
];

for (const [title, value, wire] of odd) {
  test(`a gauge with ${title} goes out as ${wire ?? 'nothing'}`, async (t) => {
    using server = await StatsdServer.atAddress('127.0.0.1');
    const { metrics } = metricsFor(t, { statsd: { host: '127.0.0.1', port: server.port } });

    metrics.gauge('journal.read_lines', value);
    metrics.count('journalbridge.gaps', 1);
    await metrics.close();

    await server.waitForLine('journalbridge.gaps:1|c');
    assert.deepEqual(server.lines, [...(wire === undefined ? [] : [wire]), 'journalbridge.gaps:1|c']);
  });
}

test('without statsd nothing is measured or sent', async () => {
  const metrics = createMetrics({ tags: { a: 'b' } }, createLog());

  assert.equal(metrics, noMetrics);
  assert.equal(metrics.isOn, false);
  metrics.hit('logins');
  await metrics.close();
});

test("Datadog's environment variables change nothing", async () => {
  using server = await StatsdServer.atAddress('127.0.0.1');
  const env = { ...process.env, DD_TAGS: 'dd:1', DD_ENV: 'dd', DD_AGENT_HOST: '127.0.0.9', DD_DOGSTATSD_PORT: '1' };

  const { stderr } = run(`{ host: '127.0.0.1', port: ${server.port} }`, 'await metrics.close();', env);

  assert.equal(stderr, '');
  assert.equal(await server.waitForLine(/gaps/), 'journalbridge.gaps:1|c');
});

test('metrics that are never closed do not keep the process alive', () => {
  for (const statsd of ["{ host: '127.0.0.1', port: 9 }", "{ host: 'localhost', port: 9 }"]) {
    const { status, signal } = run(statsd, '', process.env);

    assert.deepEqual({ status, signal }, { status: 0, signal: null });
  }
});

/** Counts once in a process of its own, then does the rest. */
function run(statsd: string, rest: string, env: NodeJS.ProcessEnv) {
  const url = (file: string) => new URL(file, import.meta.url).href;
  const script = `
    import { createMetrics } from '${url('metrics.ts')}';
    import { createLog } from '${url('log.ts')}';
    const metrics = createMetrics({ statsd: ${statsd} }, createLog());
    metrics.count('journalbridge.gaps', 1);
    ${rest}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  });
}

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ReaderStats } from '../../telemetry/metrics-stats.ts';
import type { NotifyMessage } from '../../telemetry/notify.ts';
import { createLog } from '../../telemetry/log.ts';
import { Supervision } from './supervision.ts';

function setUp(t: TestContext, watchdogMs?: number) {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const told: NotifyMessage[] = [];
  const lines: string[] = [];
  const tell = (message: NotifyMessage): void => {
    told.push(message);
  };
  const sender = { name: 'out', status: 'connected', lagSeconds: 0 as number | null, behindEntries: 0 };
  const bridge = {
    wedged: undefined as string | undefined,
    shutdownTimeoutMs: 10_000,
    wedge: () => bridge.wedged,
    stats: () => ({ readers: [{ name: 'main', senders: [sender] } as unknown as ReaderStats] }),
  };
  const log = createLog({ write: (line) => lines.push(line) });
  const supervision = new Supervision({ notify: { tell, mention: tell }, watchdogMs, log });
  t.after(() => {
    supervision.end();
  });
  const pass = (ms: number): void => {
    t.mock.timers.tick(ms);
  };
  return { supervision, bridge, sender, told, lines, pass };
}

const WELL = 'Shipping to 1 sender: main to out up to date';

test('READY, the status and the first sign of life go together', (t) => {
  const { supervision, bridge, told } = setUp(t, 60_000);

  supervision.ready(bridge);

  assert.deepEqual(told, [{ READY: 1, STATUS: WELL, WATCHDOG: 1 }]);
});

test('a sign of life comes every half of the time that the watchdog allows, and none without a watchdog', (t) => {
  const { supervision, bridge, told, pass } = setUp(t, 60_000);
  supervision.ready(bridge);
  told.length = 0;

  pass(29_999);
  assert.deepEqual(told, []);
  pass(1);
  assert.deepEqual(told, [{ WATCHDOG: 1 }]);
});

test('an idle daemon without a watchdog is silent', (t) => {
  const { supervision, bridge, told, pass } = setUp(t);
  supervision.ready(bridge);

  pass(3_600_000);

  assert.deepEqual(told, [{ READY: 1, STATUS: WELL }]);
});

test('the status comes again only when it has changed, at most every five seconds', (t) => {
  const { supervision, bridge, sender, told, pass } = setUp(t);
  supervision.ready(bridge);
  pass(1000);
  told.length = 0;

  for (let ms = 0; ms < 10_000; ms += 100) {
    sender.lagSeconds = 100 + ms;
    pass(100);
  }

  assert.equal(told.length, 2);
  assert.match(String(told[0]?.['STATUS']), /main to out lag /);
});

test('what is wedged gets no sign of life, and an error in the log; when it goes on, the signs do, too', (t) => {
  const { supervision, bridge, told, lines, pass } = setUp(t, 10_000);
  supervision.ready(bridge);
  told.length = 0;

  bridge.wedged = 'main: it reads nothing';
  pass(20_000);
  assert.deepEqual(told, []);
  assert.match(lines.join(''), /ERROR main: it reads nothing; the watchdog of the service manager is left to restart/);

  bridge.wedged = undefined;
  pass(5000);
  assert.deepEqual(told, [{ WATCHDOG: 1 }]);
});

test('a reload tells when it began by the monotonic clock, and then that it is over', (t) => {
  const { supervision, bridge, told } = setUp(t);
  supervision.ready(bridge);
  const before = process.hrtime.bigint() / 1000n;

  supervision.reloading();
  supervision.ready(bridge);

  const [, reloading, ready] = told;
  assert.equal(reloading?.['RELOADING'], 1);
  const at = reloading['MONOTONIC_USEC'] as bigint;
  assert.ok(at >= before && at <= process.hrtime.bigint() / 1000n);
  assert.deepEqual(ready, { READY: 1, STATUS: WELL });
});

test('a stop asks for the time that it may take', (t) => {
  const { supervision, bridge, told } = setUp(t, 10_000);
  supervision.ready(bridge);

  supervision.stopping();

  assert.equal(told.at(-1)?.['STOPPING'], 1);
  assert.equal(told.at(-1)?.['EXTEND_TIMEOUT_USEC'], 15_000_000);
});

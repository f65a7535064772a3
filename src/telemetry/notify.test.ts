import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { need } from '../../test/support/need.ts';
import { NotifyReceiver } from '../../test/support/notify-receiver.ts';
import { until } from '../../test/support/until.ts';
import { createLog } from './log.ts';
import { Notify, takeNotifyRequest } from './notify.ts';

async function setUp(t: TestContext, kind: 'path' | 'abstract name') {
  const folder = await mkdtemp(join(tmpdir(), 'notify-'));
  const address = kind === 'path' ? join(folder, 'notify') : `@${folder}`;
  const receiver = await NotifyReceiver.listen(address);
  const lines: string[] = [];
  const notify = await Notify.open(address, createLog({ write: (line) => lines.push(line) }));
  assert.ok(notify);
  t.after(async () => {
    notify.close();
    await receiver[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  return { receiver, notify, lines, folder };
}

for (const kind of ['path', 'abstract name'] as const) {
  test(`tells a service manager at a ${kind}, from the main process, what is of one moment in one datagram`, async (t) => {
    if (!need(t, 'python3')) return;
    const { receiver, notify } = await setUp(t, kind);

    notify.tell({ READY: 1, STATUS: 'all is well' });
    const { pid, text } = await receiver.next(/READY/);

    assert.equal(pid, process.pid);
    assert.equal(text, 'READY=1\nSTATUS=all is well');
  });
}

test('cleans what it tells: a text from outside cannot make assignments', async (t) => {
  if (!need(t, 'python3')) return;
  const { receiver, notify } = await setUp(t, 'path');

  notify.mention({ STATUS: 'a\nMAINPID=1\r\u001b[2J\u0000b\ud800 é' });
  const { text } = await receiver.next(/STATUS/);

  assert.equal(text, 'STATUS=a MAINPID=1 [2J b\ufffd é');
});

test('a change of state is not lost, nor overtaken, when the service manager is busy', async (t) => {
  if (!need(t, 'python3')) return;
  const { receiver, notify, lines } = await setUp(t, 'path');
  receiver.freeze();

  for (let n = 0; n < 2000; n++) notify.mention({ STATUS: `filling up ${n}` });
  notify.tell({ RELOADING: 1 });
  notify.mention({ WATCHDOG: 1 });
  notify.tell({ READY: 1 });
  receiver.thaw();
  await receiver.next(/READY/);

  const last = receiver.received.slice(-2).map(({ text }) => text);
  assert.deepEqual(last, ['RELOADING=1', 'READY=1']);
  assert.deepEqual(lines, []);
});

test('says in the log that nobody listens, and goes on', async (t) => {
  if (!need(t, 'python3')) return;
  const { receiver, notify, lines, folder } = await setUp(t, 'path');
  await receiver[Symbol.asyncDispose]();

  notify.tell({ READY: 1 });
  assert.match(lines.join(''), /cannot be told how we stand: ECONNREFUSED/);
  await rm(join(folder, 'notify'));
  await using later = await NotifyReceiver.listen(join(folder, 'notify'));
  await until(() => later.received.length === 1, { what: 'the message' });

  assert.equal(later.received[0]?.text, 'READY=1');
});

for (const address of ['vsock:2:1234', 'relative', '@', '/'.padEnd(108, 'x'), '/a\0b']) {
  test(`an address that is none (${JSON.stringify(address).slice(0, 20)}) is told in the log`, async () => {
    const lines: string[] = [];

    const notify = await Notify.open(address, createLog({ write: (line) => lines.push(line) }));

    assert.equal(notify, undefined);
    assert.match(lines.join(''), /NOTIFY_SOCKET is neither a path nor an abstract name/);
  });
}

const requests = [
  { title: 'nothing', env: {}, request: undefined },
  { title: 'an empty socket', env: { NOTIFY_SOCKET: '' }, request: undefined },
  { title: 'a watchdog without a socket', env: { WATCHDOG_USEC: '1000000' }, request: undefined },
  { title: 'a socket', env: { NOTIFY_SOCKET: '/n' }, request: { address: '/n', watchdogMs: undefined } },
  {
    title: 'a watchdog',
    env: { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '2500000', WATCHDOG_PID: String(process.pid) },
    request: { address: '/n', watchdogMs: 2500 },
  },
  {
    title: "another process's watchdog",
    env: { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '2500000', WATCHDOG_PID: '1' },
    request: { address: '/n', watchdogMs: undefined },
  },
  {
    title: 'a watchdog that is no number',
    env: { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '-1' },
    request: { address: '/n', watchdogMs: undefined },
  },
];
for (const { title, env, request } of requests) {
  test(`takes ${title} out of the environment`, () => {
    const rest: NodeJS.ProcessEnv = { ...env, HOME: '/' };

    assert.deepEqual(takeNotifyRequest(rest), request);
    assert.deepEqual(rest, { HOME: '/' });
  });
}

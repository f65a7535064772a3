import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Place, type Keys } from '../integration/place.ts';
import { readersOf } from '../integration/processes.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';
import { NotifyReceiver } from '../support/notify-receiver.ts';

/** A daemon over a journal of 500 entries, and systemd's end of its NOTIFY_SOCKET. */
async function setUp(t: TestContext, options: Keys = {}, watchdogMs = 60_000) {
  const place = await Place.make();
  const receiver = await NotifyReceiver.listen(join(place.path, 'notify'));
  const reader = { journal_path: await cachedJournal({ count: 500 }), ...options.reader };
  const config = place.config({ ...options, reader });
  const env = { NOTIFY_SOCKET: receiver.address, WATCHDOG_USEC: String(watchdogMs * 1000) };
  const daemon = await Daemon.start(config, { env });
  t.after(async () => {
    await daemon[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  return { receiver, daemon };
}

const needed = ['python3', 'journalctl', 'systemd-journal-remote'] as const;

test('tells its whole life: ready, reloading, ready again, stopping, from its main process only', async (t) => {
  if (!need(t, ...needed)) return;
  const { receiver, daemon } = await setUp(t);

  const ready = await receiver.next(/^READY=1\n/);
  assert.match(ready.text, /\nSTATUS=.+\nWATCHDOG=1$/);
  await daemon.reload();
  const reloading = await receiver.next(/^RELOADING=1\nMONOTONIC_USEC=\d+\n/);
  const again = await receiver.next(/^READY=1\n/, receiver.received.indexOf(reloading));
  assert.match(again.text, /STATUS=/);
  const refused = receiver.received.length;
  await daemon.reload('{ "readers": 1 }');
  await receiver.next(/^READY=1\n/, receiver.received.indexOf(await receiver.next(/^RELOADING=1/, refused)));
  await daemon.stop();
  await receiver.next(/^STOPPING=1\n/);

  assert.deepEqual([...new Set(receiver.received.map(({ pid }) => pid))], [daemon.pid]);
  assert.match(receiver.received.at(-1)!.text, /EXTEND_TIMEOUT_USEC=15000000/);
  assert.doesNotMatch(daemon.stderr, /Warning/);
});

test('is not ready when its config has faults', async (t) => {
  if (!need(t, ...needed)) return;
  const { receiver, daemon } = await setUp(t, { top: { shutdown_timeout: 'soon' } });

  const { code } = await daemon.end;

  assert.equal(code, 78);
  assert.deepEqual(receiver.received, []);
});

test('its children know nothing of the service manager', async (t) => {
  if (!need(t, ...needed)) return;
  const { receiver, daemon } = await setUp(t);
  await receiver.next(/READY/);

  const [child] = await daemon.waitFor(async () => {
    const readers = await readersOf(daemon.pid); // which are no copies of the daemon any more
    return readers.length > 0 && readers;
  }, 'journalctl');

  assert.doesNotMatch(await readFile(`/proc/${child!}/environ`, 'latin1'), /NOTIFY_SOCKET|WATCHDOG/);
});

test('a dead destination is no reason for a restart: signs of life go on, and the status tells of it', async (t) => {
  if (!need(t, ...needed)) return;
  const dead = { file_output: '/nonexistent/out.jsonl' };
  const { receiver } = await setUp(t, { senders: { dead } }, 500);

  await receiver.next(/STATUS=0 of 1 sender up to date: sys to dead disconnected, lag /);
  const before = receiver.received.length;
  await receiver.next(/WATCHDOG=1/, before);
  await receiver.next(/WATCHDOG=1/, before + 1);
});

test('a reader that gets nothing though there are entries, again and again, ends the signs of life', async (t) => {
  if (!need(t, ...needed)) return;
  await using folder = await Place.make();
  const hangs = join(folder.path, 'journalctl');
  await writeFile(hangs, '#!/bin/sh\ncase "$*" in *--follow*) exec sleep 1000;; esac\nexec journalctl "$@"\n');
  await chmod(hangs, 0o755);
  const top = { stall_check_interval: 0.1, journalctl_path: hangs };
  const { receiver, daemon } = await setUp(t, { top }, 400);
  await receiver.next(/WATCHDOG=1/);

  await daemon.waitForLog(/sys: it reads nothing, and starting journalctl again does not help; the watchdog/);
  const signs = (): number => receiver.received.filter(({ text }) => text.includes('WATCHDOG')).length;
  const before = signs();
  await daemon.reload(); // and its answer comes later than a few signs would have
  await setTimeout(1000);

  assert.ok(signs() - before <= 1, `${signs() - before} signs of life, of which the reload is one at most`);
});

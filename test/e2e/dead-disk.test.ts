import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { endChild, leashed } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, sequenceOf, waitForLines } from '../support/lines.ts';
import { need } from '../support/need.ts';

const COUNT = 5000;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

const TERMINALS = `
import os, sys, time
print(' '.join(os.ttyname(os.openpty()[1]) for _ in range(int(sys.argv[1]))), flush=True)
time.sleep(1000)`;

/** Devices whose writes get stuck for ever, as on a disk that has gone: terminals that nobody reads. */
class DeadDevices implements AsyncDisposable {
  readonly paths: readonly string[];
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess, paths: readonly string[]) {
    this.#holder = holder;
    this.paths = paths;
  }

  static async open(count: number): Promise<DeadDevices> {
    const [command, ...args] = leashed('python3', '-c', TERMINALS, String(count));
    const holder = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [names] = (await once(holder.stdout, 'data')) as [Buffer];
    return new DeadDevices(holder, names.toString().trim().split(' '));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#holder);
  }
}

async function secondsToStop(daemon: Daemon) {
  const began = performance.now();
  const end = await daemon.stop();
  return { ...end, seconds: (performance.now() - began) / 1000 };
}

test('many senders whose disk hangs delay no other, and no exit', { timeout: 60_000 }, async (t) => {
  if (!need(t, 'python3', 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  await using devices = await DeadDevices.open(20);
  const dead = devices.paths.map((file_output, i) => [`dead${i}`, { file_output }]);
  const senders = { ...(Object.fromEntries(dead) as object), good: {} };
  const reader = { journal_path: await cachedJournal({ count: COUNT }) };
  const top = { shutdown_timeout: 1, isolation_timeout: 1 };
  await using daemon = await Daemon.start(place.config({ reader, senders, top }));
  const lines = await waitForLines(place.output('good'), COUNT, 30_000);
  assert.deepEqual(checkSequence(sequenceOf(lines), COUNT), complete);

  const { code, seconds, stderr } = await secondsToStop(daemon);

  assert.equal(code, 0, stderr);
  assert.ok(seconds < 4, `${seconds} s`);
  assert.match(stderr, /WARN.* sys: a sender hangs/);
  assert.equal((await place.state()).readers['sys']?.senders['good']?.sent.count, COUNT);
  assert.equal(await place.cursor('dead0'), null);
});

for (const { title, file, late } of [
  { title: 'while it is being read', file: 'state.json', late: false },
  { title: 'when it is saved', file: 'state.json.tmp', late: true },
]) {
  test(
    `a state file whose disk hangs ${title} does not keep the process from ending`,
    { timeout: 60_000 },
    async (t) => {
      if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
      await using place = await Place.make();
      const stick = () => execFileSync('mkfifo', [join(place.path, file)]); // nobody comes to open its other end
      const reader = { journal_path: await cachedJournal({ count: COUNT }) };
      if (!late) stick();
      await using daemon = await Daemon.start(place.config({ reader, top: { shutdown_timeout: 1 } }));
      if (late) await waitForLines(place.output(), COUNT);
      if (late) stick();
      else await daemon.waitFor(() => existsSync(`${place.statePath}.lock`), 'the lock, which comes right before');

      const { code, seconds, stderr } = await secondsToStop(daemon);

      assert.equal(code, 1, stderr);
      assert.ok(seconds < 8, `${seconds} s`);
      assert.match(
        stderr,
        /ERROR stopping has taken \d s and hangs, at a disk that does not answer perhaps: ending now/,
      );
    },
  );
}

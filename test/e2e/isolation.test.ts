import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Place } from '../integration/place.ts';
import { readersOf, residentBytes } from '../integration/processes.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, LineCounter, sequenceOf, waitForLines } from '../support/lines.ts';
import { Load } from '../support/load.ts';
import { need } from '../support/need.ts';

const PER_SECOND = 2000;
const ISOLATION_S = 2;
const DEAD_S = 60;
const MIB = 1 << 20;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** Watches how late the entries come into files, in ms, and how much memory a process has. */
class Watch {
  latestMs = 0;
  mostBytes = 0;
  mostReaders = 0;
  private readonly over = new AbortController();
  private readonly done: Promise<void>;

  constructor(load: Load, files: readonly string[], pid: number) {
    this.done = this.run(
      load,
      files.map((file) => new LineCounter(file)),
      pid,
    );
  }

  async stop(): Promise<void> {
    this.over.abort();
    await this.done;
  }

  private async run({ writtenMs }: Load, counters: readonly LineCounter[], pid: number): Promise<void> {
    while (!this.over.signal.aborted) {
      for (const counter of counters) {
        const missing = writtenMs[await counter.count()];
        if (missing !== undefined) this.latestMs = Math.max(this.latestMs, Date.now() - missing);
      }
      this.mostBytes = Math.max(this.mostBytes, await residentBytes(pid));
      this.mostReaders = Math.max(this.mostReaders, (await readersOf(pid)).length);
      await pause(100);
    }
  }
}

test(
  'a destination that is dead for a minute delays no other, costs no memory, and gets everything when it is back',
  { timeout: 300_000 },
  async (t) => {
    if (!need(t, 'private journald')) return;
    await using journald = await Journald.start();
    await using place = await Place.make();
    const lost = join(place.path, 'lost');
    const config = place.config({
      reader: { msg_buffer_max_length: 5000, searches: [{ name: 'ours', fields: { SEQ: '.' } }] },
      senders: { one: {}, dead: { file_output: join(lost, 'dead.jsonl') }, two: {} },
      top: { isolation_timeout: ISOLATION_S },
    });
    const inside = (...line: CommandLine) => journald.commandLine(...line);
    await using daemon = await Daemon.start(config, { inside });
    const load = new Load(journald, { perSecond: PER_SECOND });
    const others = [place.output('one'), place.output('two')];
    await Promise.all(others.map((file) => waitForLines(file, 1000)));
    const watch = new Watch(load, others, daemon.pid);

    await daemon.waitFor(() => daemon.stderr.includes('dead is set apart'), 'dead to be set apart');
    const healthyBytes = await residentBytes(daemon.pid);
    await pause(DEAD_S * 1000);
    await watch.stop();
    await mkdir(lost);
    await daemon.waitFor(
      () => daemon.stderr.includes('dead, one, two read together again'),
      'dead to catch up',
      150_000,
    );
    const count = await load.stop();

    for (const file of [...others, join(lost, 'dead.jsonl')]) {
      assert.deepEqual(checkSequence(sequenceOf(await waitForLines(file, count)), count), complete, file);
    }
    assert.ok(watch.latestMs < (ISOLATION_S + 1) * 1000, `${watch.latestMs} ms late`);
    assert.ok(watch.mostReaders <= 1, `${watch.mostReaders} journalctls while it was dead`);
    assert.ok(watch.mostBytes - healthyBytes < 20 * MIB, `${(watch.mostBytes - healthyBytes) / MIB} MiB more`);
    await daemon.waitFor(async () => (await readersOf(daemon.pid)).length === 1, 'one journalctl');
    const { code, stderr } = await daemon.stop();
    assert.equal(code, 0);
    assert.equal(stderr.match(/is set apart/g)?.length, 1);
  },
);

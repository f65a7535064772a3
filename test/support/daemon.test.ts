import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon, runOnce } from './daemon.ts';
import { Journald } from './journald.ts';
import { cachedJournal } from './journal-cache.ts';
import { checkSequence, LineCounter, readJsonLines, sequenceOf } from './lines.ts';
import { need } from './need.ts';

const configOf = (folder: string, reader: object = {}) => ({
  json_state_file_path: join(folder, 'state.json'),
  readers: { sys: { ...reader, senders: { out: { output_type: 'file', file_output: join(folder, 'out.jsonl') } } } },
});

test('a run to the end of a journal ends with all that it wrote', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'daemon-'));
  const journal = await cachedJournal({ count: 500 });

  const { code, stderr } = await runOnce(configOf(folder.path, { journal_path: journal }));

  assert.equal(code, 0, stderr);
  const numbers = sequenceOf(await readJsonLines(join(folder.path, 'out.jsonl')));
  assert.deepEqual(checkSequence(numbers, 500), { missing: [], duplicates: 0, seams: [], skips: [] });
});

test('a wrong config is told as the daemon tells it', async () => {
  const { code, stderr } = await runOnce('{ "readers": 1 ');

  assert.equal(code, 78);
  assert.notEqual(stderr, '');
});

test('what is waited for in a daemon that has ended is an error with its words', async () => {
  await using daemon = await Daemon.start('{');

  await assert.rejects(daemon.waitForLog(/never said/), /the daemon ended \(78\) before .*never said.*: \S/s);
});

test('a daemon beside a live journal can be stopped, killed and started anew', async (t) => {
  if (!need(t, 'private journald')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'daemon-'));
  await using journald = await Journald.start();
  const counter = new LineCounter(join(folder.path, 'out.jsonl'));
  const start = () => Daemon.start(configOf(folder.path), { inside: (...line) => journald.commandLine(...line) });
  const ends = [];

  for (const end of ['stop', 'kill9'] as const) {
    await using daemon = await start();
    const before = await counter.count();
    await journald.write({ MESSAGE: end });
    await daemon.waitFor(async () => (await counter.count()) > before, 'a new line');
    const { code, signal } = await daemon[end]();
    ends.push([code, signal]);
  }

  assert.deepEqual(ends, [
    [0, null],
    [null, 'SIGKILL'],
  ]);
});

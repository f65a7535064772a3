import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { residentBytes } from '../../../test/integration/processes.ts';
import { exitOf, leashed } from '../../../test/support/child.ts';
import { cachedJournal } from '../../../test/support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf, waitForLines } from '../../../test/support/lines.ts';
import { need } from '../../../test/support/need.ts';

const COUNT = 20_000;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };
const main = join(import.meta.dirname, '../../main.ts');

/** A config with a sender to the standard output, and one to a file beside it. */
async function makeBed(t: TestContext) {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return undefined;
  const folder = await mkdtempDisposable(join(tmpdir(), 'stdout-'));
  t.after(() => folder.remove());
  const file = join(folder.path, 'beside.jsonl');
  const config = join(folder.path, 'config.json');
  const senders = { out: { output_type: 'stdout' }, beside: { output_type: 'file', file_output: file } };
  const reader = { journal_path: await cachedJournal({ count: COUNT }), msg_buffer_max_length: 1000, senders };
  const top = { json_state_file_path: join(folder.path, 'state.json'), isolation_timeout: 0.2, shutdown_timeout: 0.5 };
  await writeFile(config, JSON.stringify({ ...top, readers: { sys: reader } }));
  const start = (stdout: 'pipe' | number, ...flags: string[]) => {
    const [command, ...args] = leashed(process.execPath, main, 'run', ...flags, config);
    const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe'] });
    return { child, stderr: text(child.stderr!), end: exitOf(child) };
  };
  return { folder: folder.path, file, start };
}

const numbersIn = (lines: string): number[] =>
  sequenceOf(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );

test('a pipe gets every entry in order, and nothing else', async (t) => {
  const bed = await makeBed(t);
  if (bed === undefined) return;

  const { child, stderr, end } = bed.start('pipe', '--once');
  const lines = await text(child.stdout!);

  assert.equal((await end).code, 0, await stderr);
  assert.deepEqual(checkSequence(numbersIn(lines), COUNT), complete);
  assert.match(await stderr, /20,000/, 'the summary');
});

test('a file gets every entry in order', async (t) => {
  const bed = await makeBed(t);
  if (bed === undefined) return;
  const path = join(bed.folder, 'out');
  const fd = openSync(path, 'a');

  const { stderr, end } = bed.start(fd, '--once');
  closeSync(fd);

  assert.equal((await end).code, 0, await stderr);
  assert.deepEqual(checkSequence(numbersIn(await readFile(path, 'utf8')), COUNT), complete);
});

test('whoever does not read holds up neither the other senders nor the stop', async (t) => {
  const bed = await makeBed(t);
  if (bed === undefined) return;

  const { child, end } = bed.start('pipe');
  const beside = await waitForLines(bed.file, COUNT);
  const memory = await residentBytes(child.pid!);
  child.kill('SIGTERM');

  assert.deepEqual(checkSequence(sequenceOf(beside), COUNT), complete);
  assert.ok(memory < 150 * 2 ** 20, `${memory} bytes`);
  assert.equal((await end).code, 0);
});

test('a run that only delivers ends at once when its reader has gone', async (t) => {
  const bed = await makeBed(t);
  if (bed === undefined) return;
  const { child, stderr, end } = bed.start('pipe', '--once');
  await once(child.stdout!, 'readable');
  const goneMs = performance.now();

  child.stdout!.destroy();
  const { code } = await end;

  assert.ok(performance.now() - goneMs < 30_000, 'it has waited for a minute');
  assert.equal(code, 1, await stderr);
  assert.match(await stderr, /sys\.out: its destination has gone, so this run ends without it\. The next one goes on/);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(bed.file)), COUNT), complete);
});

test('a reader who has gone is reported, and the entries wait for the next run', async (t) => {
  const bed = await makeBed(t);
  if (bed === undefined) return;
  const first = bed.start('pipe');
  await once(first.child.stdout!, 'readable');
  first.child.stdout!.destroy();
  await waitForLines(bed.file, COUNT);
  first.child.kill('SIGTERM');
  assert.match(await first.stderr, /sys\.out: cannot write to the standard output: .*EPIPE/);
  assert.equal((await first.end).code, 0);

  const again = bed.start('pipe', '--once');
  const numbers = numbersIn(await text(again.child.stdout!));

  assert.equal((await again.end).code, 0, await again.stderr);
  assert.equal(numbers.at(-1), COUNT - 1);
  assert.ok(numbers[0]! < COUNT - 1000, `begins at ${numbers[0]}`);
  assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(bed.file)), COUNT), complete);
});

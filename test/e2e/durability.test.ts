import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import type { CommandLine } from '../support/child.ts';
import { runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';

const COUNT = 50;

test('lines are on the disk before their checkpoint, and the checkpoint before it counts', async (t) => {
  if (!need(t, 'strace', 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const trace = join(place.path, 'trace');
  const calls = 'trace=write,writev,pwrite64,fsync,fdatasync,rename';
  const flags = ['-f', '-y', '-qq', '-s', '200000', '-e', calls, '-e', 'signal=none', '-o', trace];
  const inside = (...line: CommandLine): CommandLine => ['strace', ...flags, '--', ...line];

  const { code, stderr } = await runOnce(
    place.config({ reader: { journal_path: await cachedJournal({ count: COUNT }) } }),
    { inside },
  );

  assert.equal(code, 0, stderr);
  const events = completed(await readFile(trace, 'latin1'));
  const steps = [
    new RegExp(`^p?writev?(64)?\\(\\d+<${place.output()}>`),
    new RegExp(`^f(data)?sync\\(\\d+<${place.output()}>`),
    new RegExp(`^p?writev?(64)?\\(\\d+<${place.statePath}\\.tmp>.*count\\\\": ${COUNT},`),
    new RegExp(`^fsync\\(\\d+<${place.statePath}\\.tmp>`),
    new RegExp(`^rename\\("${place.statePath}\\.tmp", "${place.statePath}"`),
    new RegExp(`^fsync\\(\\d+<${place.path}>`),
  ];
  let at = -1;
  for (const step of steps) {
    const next = events.findIndex((event, n) => n > at && step.test(event));
    assert.notEqual(
      next,
      -1,
      `after event ${at} (${events[at]?.slice(0, 100) ?? 'the start'}) there is no ${String(step)}`,
    );
    at = next;
  }
  // The first save that knows of the lines is the one that was found above: none came before the lines were safe.
  const synced = events.findIndex((event) => steps[1]!.test(event));
  assert.equal(
    events.slice(0, synced).some((event) => steps[2]!.test(event)),
    false,
  );
});

/** The calls of a trace, each at the place where it ended: another thread may have been between its two halves. */
function completed(trace: string): string[] {
  const begun = new Map<string, string>();
  const calls: string[] = [];
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) begun.set(thread, text);
    else if (text.startsWith('<... ')) calls.push(begun.get(thread) ?? text);
    else calls.push(text);
  }
  return calls;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../telemetry/log.ts';
import { deliverAll } from './deliver-all.ts';
import type { Reader } from './reader.ts';

const PATIENCE_MS = 1000;

/** A reader that may never come to its end, with a sender `s` that has been in trouble for so long. */
function readerOf(name: string, { ends = false, troubleMs = 0 } = {}) {
  const isDone = ends;
  const drains: string[] = [];
  const reader = {
    name,
    ended: ends ? Promise.resolve() : new Promise<void>(() => undefined),
    isDone,
    stuckFor: (ms: number) => (!isDone && troubleMs >= ms ? [{ name: 's', delivery: { health: {} } }] : []),
    drain: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        drains.push(name);
        if (isDone || signal.aborted) resolve();
        signal.addEventListener('abort', () => {
          resolve();
        });
      }),
  };
  return { reader: reader as unknown as Reader, drains };
}

async function deliver(...readers: readonly Reader[]) {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), journalStyle: true });
  const stopping = new AbortController();
  const work = { isDone: false };
  const done = deliverAll(readers, { stop: stopping.signal, log, patienceMs: PATIENCE_MS }).then(() => {
    work.isDone = true;
  });
  await Promise.race([done, pause(700)]);
  const isDoneByItself = work.isDone;
  stopping.abort();
  await done;
  return { lines, isDoneByItself };
}

for (const { title, others, isDone } of [
  { title: 'all others are done', others: { ends: true }, isDone: true },
  { title: 'another one still delivers', others: {}, isDone: false },
  { title: 'another one waits for less than that', others: { troubleMs: PATIENCE_MS - 1 }, isDone: false },
]) {
  test(`a sender that gets nowhere for too long is ${isDone ? 'not ' : ''}waited for when ${title}`, async () => {
    const stuck = readerOf('a', { troubleMs: PATIENCE_MS });

    const { lines, isDoneByItself } = await deliver(stuck.reader, readerOf('b', others).reader);

    assert.equal(isDoneByItself, isDone);
    assert.deepEqual(
      lines,
      isDone
        ? [
            '<3>a.s: nothing was accepted for 1 s, so this run ends without it. The next one goes on from its checkpoint.\n',
          ]
        : [],
    );
  });
}

test('a reader at its end sends what it has without waiting for the others', async () => {
  const ended = readerOf('a', { ends: true });

  await deliver(ended.reader, readerOf('b').reader);

  assert.deepEqual(ended.drains, ['a']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import { HoldUp } from './hold-up.ts';

/** Counts how often the limit was exceeded. */
function holdUpOf(limitMs: number): { holdUp: HoldUp; times: () => number } {
  let times = 0;
  const holdUp = new HoldUp({ limitMs, exceeded: () => times++ });
  return { holdUp, times: () => times };
}

test('a wait that is too long is told once', async () => {
  const { holdUp, times } = holdUpOf(20);
  const began = performance.now();

  holdUp.set(true);
  holdUp.set(true);
  await until(() => times() > 0, { what: 'the limit', everyMs: 1 });

  assert.ok(performance.now() - began >= 19);
  await pause(40);
  assert.equal(times(), 1);
});

test('short waits add up', async () => {
  const { holdUp, times } = holdUpOf(60);

  for (let n = 0; n < 5 && times() === 0; n++) {
    holdUp.set(true);
    await pause(25);
    holdUp.set(false);
  }

  assert.equal(times(), 1);
});

test('waits before the feed was up to date are forgiven', async () => {
  const { holdUp, times } = holdUpOf(1000);
  const { holdUp: short, times: shortTimes } = holdUpOf(200);

  for (let n = 0; n < 4; n++) {
    for (const each of [holdUp, short]) each.set(true);
    await pause(60);
    for (const each of [holdUp, short]) each.forgive();
  }

  assert.deepEqual([times(), shortTimes()], [0, 0]);
});

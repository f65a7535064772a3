import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Slots } from './slots.ts';

const never = new AbortController().signal;
const slotsOf = (count: number, overdueMs = 60_000): Slots<object> =>
  new Slots(count, { makeTool: () => ({}), overdueMs });

test('only so many act at one time, in the order in which they came', async () => {
  const slots = slotsOf(2);
  const order: number[] = [];
  let active = 0;
  let most = 0;

  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      slots.use('op', never, async () => {
        most = Math.max(most, ++active);
        order.push(i);
        await pause(1);
        active--;
      }),
    ),
  );

  assert.equal(most, 2);
  assert.deepEqual(order, [...Array(10).keys()]);
});

test('a tool serves one after the other, until it fails', async () => {
  const slots = slotsOf(1);
  const tools: object[] = [];
  const note = (tool: object): Promise<void> => Promise.resolve(void tools.push(tool));

  await slots.use('op', never, note);
  await slots.use('op', never, note);
  await assert.rejects(slots.use('op', never, () => Promise.reject(new Error('cut off'))));
  await slots.use('op', never, note);

  assert.equal(tools[0], tools[1]);
  assert.notEqual(tools[1], tools[2]);
});

test('one that takes too long holds up its own and nobody else', async () => {
  const slots = slotsOf(1, 20);
  const done: string[] = [];
  const hanging = Promise.withResolvers<undefined>();

  const slow = [slots.use('slow', never, () => hanging.promise), slots.use('slow', never, note('slow'))];
  await Promise.all(Array.from({ length: 5 }, () => slots.use('quick', never, note('quick'))));
  assert.deepEqual(done, Array(5).fill('quick'));
  hanging.resolve(undefined);
  await Promise.all(slow);

  assert.equal(done.at(-1), 'slow');

  function note(name: string): () => Promise<undefined> {
    return () => {
      done.push(name);
      return Promise.resolve(undefined);
    };
  }
});

test('who does not want to wait any longer goes at once, and leaves no slot taken', async () => {
  const slots = slotsOf(1);
  const held = Promise.withResolvers<undefined>();
  const first = slots.use('op', never, () => held.promise);
  const leaving = new AbortController();
  const second = slots.use('op', leaving.signal, () => Promise.reject(new Error('it was its turn')));
  const third = slots.use('op', never, () => Promise.resolve('third'));

  leaving.abort(new Error('it has gone'));
  await assert.rejects(second, /it has gone/);
  held.resolve(undefined);
  await first;

  assert.equal(await third, 'third');
  assert.equal(await slots.use('op', never, () => Promise.resolve('fourth')), 'fourth');
});

test('a slot comes back from what fails', async () => {
  const slots = slotsOf(1);

  await assert.rejects(slots.use('op', never, () => Promise.reject(new Error('failed'))));

  assert.equal(await slots.use('op', never, () => Promise.resolve('next')), 'next');
});

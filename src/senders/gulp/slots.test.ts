import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

test('only so many at one time, in the order in which they came', async () => {
  const slots = new Slots(2);
  const order: number[] = [];
  let atOnce = 0;
  let most = 0;

  await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      slots.use(never, async () => {
        most = Math.max(most, ++atOnce);
        order.push(i);
        await Promise.resolve();
        atOnce--;
      }),
    ),
  );

  assert.equal(most, 2);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
});

test('who does not want to wait any longer goes at once, and leaves no slot taken', async () => {
  const slots = new Slots(1);
  const held = Promise.withResolvers<undefined>();
  const first = slots.use(never, () => held.promise);
  const leaving = new AbortController();
  const second = slots.use(leaving.signal, () => Promise.reject(new Error('it was its turn')));
  const third = slots.use(never, () => Promise.resolve('third'));

  leaving.abort(new Error('it has gone'));
  await assert.rejects(second, /it has gone/);
  held.resolve(undefined);
  await first;

  assert.equal(await third, 'third');
  assert.equal(await slots.use(never, () => Promise.resolve('fourth')), 'fourth');
});

test('a slot comes back from what fails', async () => {
  const slots = new Slots(1);

  await assert.rejects(slots.use(never, () => Promise.reject(new Error('failed'))));

  assert.equal(await slots.use(never, () => Promise.resolve('next')), 'next');
});

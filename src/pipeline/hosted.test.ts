import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import type { Start } from '../journal/arguments.ts';
import type { JournalSelection } from '../journal/selection.ts';
import type { DeliveryPlan, Narrowing } from '../senders/host.ts';
import type { Feeds } from './feeds.ts';
import { Hosted, type BoundedEvents } from './hosted.ts';
import type { Station } from './station.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const DAY_MS = 86_400_000;

/** Feeds of which nothing but the calls is seen. */
function feedsThat(calls: string[], name: string): Feeds {
  const told = (what: string) => () => void calls.push(`${name} ${what}`);
  const feeds: Partial<Record<keyof Feeds, unknown>> = {
    add: told('add'),
    remove: told('remove'),
    wake: told('wake'),
    start: (_: unknown, start: Start) => void calls.push(`${name} start ${JSON.stringify(start)}`),
    stop: () => {
      calls.push(`${name} stop`);
      return Promise.resolve();
    },
  };
  return feeds as unknown as Feeds;
}

/** A delivery that is idle or not as the test says. */
function open(t: TestContext, narrowing: Narrowing, isLive = true) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
  const calls: string[] = [];
  const opened: { selection: JournalSelection; events: BoundedEvents }[] = [];
  const delivery = {
    isIdle: true,
    start: () => calls.push('begin'),
    drain: () => undefined,
    stop: () => {
      calls.push('end');
      return Promise.resolve();
    },
  };
  const hosted = new Hosted(
    {
      plan: { narrowing, startUs: 5 } as DeliveryPlan,
      selection: { journal_flags: [], units_to_match: [], min_priority: 6 },
      live: isLive ? feedsThat(calls, 'live') : undefined,
      openFeeds: (selection, events) => {
        opened.push({ selection, events });
        return feedsThat(calls, 'own');
      },
      removed: () => void calls.push('removed'),
    },
    () => ({ delivery, describe: () => undefined }) as unknown as Station,
  );
  return { hosted, calls, opened, delivery };
}

const START = 'own start {"kind":"since","realtimeUs":5}';

test('what has no end reads with the others, until it is flushed', async (t) => {
  const { hosted, calls, delivery } = open(t, {});
  hosted.begin();
  delivery.isIdle = false;
  let isFlushed = false;

  const flushed = hosted.flush(new AbortController().signal).then(() => (isFlushed = true));
  await turn();
  assert.equal(isFlushed, false);
  delivery.isIdle = true;
  hosted.drained();
  await flushed;

  assert.deepEqual(calls, ['begin', 'live add', 'live remove']);
  assert.equal(hosted.source, undefined);
});

test('a flush that nobody waits for any longer ends at once', async (t) => {
  const { hosted, delivery } = open(t, {});
  hosted.begin();
  delivery.isIdle = false;
  const waiting = new AbortController();

  const flushed = hosted.flush(waiting.signal);
  waiting.abort();

  await flushed;
});

test('what is over is read by feeds of its own, and ends when all of it is settled', async (t) => {
  const { hosted, calls, opened, delivery } = open(t, { untilUs: NOW * 1000 - 1e10, minPriority: 3 });
  let ended: string | undefined = 'not yet';
  void hosted.ended.then((failure) => (ended = failure));

  hosted.begin();
  delivery.isIdle = false;
  opened[0]!.events.ended();
  await turn();
  assert.equal(ended, 'not yet');
  delivery.isIdle = true;
  hosted.drained();
  await turn();

  assert.equal(ended, undefined);
  assert.deepEqual(calls.slice(0, 2), ['begin', START]);
  assert.equal(opened[0]!.selection.min_priority, 3);
  assert.equal(opened[0]!.selection.untilUs, NOW * 1000 - 1e10);
});

test('an end tells what could not be read', async (t) => {
  const { hosted, opened } = open(t, {}, false);
  hosted.begin();

  opened[0]!.events.failed(new Error('the journal is damaged'));
  opened[0]!.events.ended();

  assert.equal(await hosted.ended, 'the journal is damaged');
});

for (const [title, inMs] of [
  ['soon', 60_000],
  ['later than any timer can wait', 60 * DAY_MS],
] as const) {
  test(`what ends ${title} leaves the others then, and reads the rest by itself`, async (t) => {
    const { hosted, calls } = open(t, { untilUs: (NOW + inMs) * 1000 });
    hosted.begin();

    // In steps no longer than a timer's longest, as each sets the next one.
    for (let left = inMs; left > 0; left -= DAY_MS) t.mock.timers.tick(Math.min(left, DAY_MS));
    assert.deepEqual(calls, ['begin', 'live add']);
    t.mock.timers.tick(2000);
    await turn();

    assert.deepEqual(calls, ['begin', 'live add', 'live remove', START]);
  });
}

test('it is gone once, with the feeds that are its own, and nothing comes after', async (t) => {
  const { hosted, calls } = open(t, { untilUs: NOW * 1000 - 1e10 });
  hosted.begin();

  await hosted.remove();
  await hosted.remove();
  t.mock.timers.tick(DAY_MS);

  assert.deepEqual(calls, ['begin', START, 'own remove', 'own stop', 'end', 'removed']);
});

test('one that is removed before its end never reads the rest', async (t) => {
  const { hosted, calls } = open(t, { untilUs: (NOW + 1000) * 1000 });
  hosted.begin();

  await hosted.remove();
  t.mock.timers.tick(DAY_MS);
  await turn();

  assert.deepEqual(calls, ['begin', 'live add', 'live remove', 'end', 'removed']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { Daemon } from '../support/daemon.ts';
import { HttpDestination, httpSenderEnv as env } from '../support/http-destination.ts';
import { Journald } from '../support/journald.ts';
import { checkSequence, LineCounter, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { until } from '../support/until.ts';

const ISOLATION_S = 1;

test('a reload of a reader with a destination that hangs delays the others no longer than isolation_timeout', async (t) => {
  if (!need(t, 'private journald')) return;
  await using place = await Place.make();
  using hanging = await HttpDestination.start();
  await using journald = await Journald.start();
  const configOf = (generation: number): object =>
    place.config({
      senders: { one: { extra_field_values: { generation } }, hanging: hanging.sender },
      top: { isolation_timeout: ISOLATION_S },
    });
  await using daemon = await Daemon.start(configOf(1), {
    env,
    inside: (...line: [string, ...string[]]) => journald.commandLine(...line),
  });
  await daemon.waitForLog(/started:/);
  await journald.write({ SEQ: 0, MESSAGE: 'm' });
  await daemon.waitFor(() => hanging.taken.length > 0, 'the first entry');
  hanging.rules.isHanging = true;
  const { requests } = hanging;
  await journald.write({ SEQ: 1, MESSAGE: 'm' });
  await daemon.waitFor(() => hanging.requests > requests, 'a request that hangs');
  const counter = new LineCounter(place.output('one'));
  const before = await counter.count();

  const reloaded = daemon.reload(configOf(2));
  const began = performance.now();
  await journald.write({ SEQ: 2, MESSAGE: 'm' });
  await until(async () => (await counter.count()) > before && (await lastOf(place)) === 2, {
    what: 'the entry at one',
  });
  const lateMs = performance.now() - began;
  await reloaded;
  hanging.recover();
  await daemon.waitFor(() => hanging.taken.some((line) => line.includes('"SEQ": "2"')), 'all at the other one');

  assert.ok(lateMs < (ISOLATION_S + 1) * 1000, `${lateMs} ms late`);
  const sequence = sequenceOf(await readJsonLines(place.output('one')));
  assert.deepEqual(checkSequence(sequence, 3), { missing: [], duplicates: 0, seams: [], skips: [] });
});

async function lastOf(place: Place): Promise<number | undefined> {
  return sequenceOf(await readJsonLines(place.output('one'))).at(-1);
}

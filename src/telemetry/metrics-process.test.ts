import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessGauge } from './metrics-process.ts';

function delaysOf(gauge: ProcessGauge): Record<string, number> {
  const readings = gauge.readings().filter(({ name }) => name.includes('event_loop'));
  return Object.fromEntries(readings.map(({ tags, value }) => [String(tags['stat']), value]));
}

test('the memory is that of the process', () => {
  const gauge = new ProcessGauge();

  const rss = gauge.readings().find(({ name }) => name === 'journalbridge.rss_bytes')!.value;
  gauge.end();

  assert.ok(Math.abs(rss - process.memoryUsage.rss()) < 50_000_000);
});

test('a blocked event loop shows once, in the next report', async () => {
  const gauge = new ProcessGauge();
  // Node measures between the ticks of a timer, so the first one has to come before.
  await delay(250);

  const until = performance.now() + 600;
  while (performance.now() < until);
  await delay(250);
  const blocked = delaysOf(gauge);
  await delay(250);
  const after = delaysOf(gauge);
  gauge.end();

  assert.ok(blocked['max']! > 0.3 && blocked['max']! < 5, `max ${blocked['max']}`);
  assert.ok(after['max']! < blocked['max']!, `max ${after['max']}`);
});

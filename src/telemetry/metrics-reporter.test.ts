import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeStats, readerStats, senderStats } from '../../test/support/bridge-stats.ts';
import { createLog } from './log.ts';
import { startReporter } from './metrics-reporter.ts';
import type { BridgeStats } from './metrics-stats.ts';
import { noMetrics, type Metrics } from './metrics.ts';
import { taggedName, type Tags } from './statsd-name.ts';

/** Metrics that are kept here, as lines, until they are taken. */
function recorder() {
  let lines: string[] = [];
  const record =
    (type: string) =>
    (name: string, value: number, tags: Tags = {}) => {
      lines.push(`${taggedName(name, tags)}:${value}|${type}`);
    };
  const metrics: Metrics = { ...noMetrics, isOn: true, gauge: record('g'), count: record('c') };
  const take = (part: string) => {
    const taken = lines.filter((line) => line.includes(part));
    lines = [];
    return taken;
  };
  return { metrics, take };
}

function reporting(first: BridgeStats | Error, intervalMs = 1000) {
  let stats = first;
  const logged: string[] = [];
  const { metrics, take } = recorder();
  const log = createLog({ write: (line) => logged.push(line) });
  const ask = () => {
    if (stats instanceof Error) throw stats;
    return stats;
  };
  const reporter = startReporter({ metrics, stats: ask, log, intervalMs });
  const change = (next: BridgeStats | Error) => (stats = next);
  return { reporter, take, change, logged };
}

const withGaps = (gaps: number) => bridgeStats({ readers: [readerStats({ gaps: { vacuumed: gaps } })] });

test('the first report comes at once, the next ones after each interval, the last one at the stop', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { reporter, take } = reporting(bridgeStats());
  assert.equal(take('read_lines').length, 1);

  t.mock.timers.tick(999);
  assert.equal(take('read_lines').length, 0);
  t.mock.timers.tick(1);
  assert.equal(take('read_lines').length, 1);
  reporter.stop();
  assert.equal(take('read_lines').length, 1);
  t.mock.timers.tick(5000);
  assert.equal(take('read_lines').length, 0);
});

test('a counter is reported as what was added since the last report, and as 0 when that is nothing', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { reporter, take, change } = reporting(withGaps(2));
  const reports = [take('gaps')];

  for (const gaps of [2, 5]) {
    change(withGaps(gaps));
    t.mock.timers.tick(1000);
    reports.push(take('gaps'));
  }
  reporter.stop();

  assert.deepEqual(
    reports.flat(),
    [2, 0, 3].map((times) => `journalbridge.gaps,reader=r,reason=vacuumed:${times}|c`),
  );
});

test('a counter that got smaller began anew', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { reporter, take, change } = reporting(withGaps(7));
  take('gaps');

  change(withGaps(3));
  reporter.stop();

  assert.deepEqual(take('gaps'), ['journalbridge.gaps,reader=r,reason=vacuumed:3|c']);
});

test('a reader that comes back after it was gone begins anew', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { reporter, take, change } = reporting(withGaps(2));
  change(bridgeStats({ readers: [] }));
  t.mock.timers.tick(1000);
  take('gaps');

  change(withGaps(2));
  reporter.stop();

  assert.deepEqual(take('gaps'), ['journalbridge.gaps,reader=r,reason=vacuumed:2|c']);
});

test("journalpump's counters are left out when there is nothing to count", (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { reporter, take, change } = reporting(bridgeStats());
  assert.deepEqual(take('read_error'), []);

  change(bridgeStats({ readers: [readerStats({ tooLarge: 1 })] }));
  reporter.stop();

  assert.deepEqual(take('read_error'), ['journal.read_error,error=too_long,reader=r:1|c']);
});

test('senders that failed to start are reported until they have started, and then once as 0', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const stats = (hasFailedToStart: boolean) =>
    bridgeStats({ readers: [readerStats({ senders: [senderStats({ hasFailedToStart })] })] });
  const { reporter, take, change } = reporting(stats(true));
  const reports = [take('failed_to_start').length];

  for (const hasFailed of [true, false, false]) {
    change(stats(hasFailed));
    t.mock.timers.tick(1000);
    reports.push(take('failed_to_start').length);
  }
  reporter.stop();

  assert.deepEqual(reports, [1, 1, 1, 0]);
});

test('a delivery that is gone is reported no more, and one that comes under its name is', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const stats = (...sent: number[]) =>
    bridgeStats({ readers: [readerStats({ senders: sent.map((sentEntries) => senderStats({ sentEntries })) })] });
  const { reporter, take, change } = reporting(stats(5));
  const reports = [take('sender=s')];

  for (const next of [stats(), stats(), stats(7)]) {
    change(next);
    t.mock.timers.tick(1000);
    reports.push(take('sender=s'));
  }
  reporter.stop();

  const sentIn = (report: string[]) =>
    report.filter((line) => line.startsWith('journal.sent_lines,')).map((line) => line.split(':')[1]);
  assert.deepEqual(sentIn(reports[0]!), ['5|g']);
  assert.deepEqual(reports.slice(1, 3), [[], []]);
  assert.deepEqual(sentIn(reports[3]!), ['7|g']);
});

test('figures that cannot be had are logged, and the next ones reported', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { reporter, take, change, logged } = reporting(new Error('no figures'));
  assert.match(logged.join(''), /metrics cannot be reported: Error: no figures/);

  change(bridgeStats());
  t.mock.timers.tick(1000);
  reporter.stop();

  assert.equal(take('read_lines').length, 2);
  assert.equal(logged.length, 1);
});

test('without statsd the figures are not even asked for', () => {
  const stats = () => assert.fail('asked');

  startReporter({ metrics: noMetrics, stats, log: createLog() }).stop();
});

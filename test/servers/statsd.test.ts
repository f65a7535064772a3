import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventfulStats } from '../support/bridge-stats.ts';
import { need } from '../support/need.ts';
import { StatsdExporter, type Exposed } from '../support/statsd-exporter.ts';
import { until } from '../support/until.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { startReporter } from '../../src/telemetry/metrics-reporter.ts';
import { readingsOf } from '../../src/telemetry/metrics-readings.ts';
import { metricsTable } from '../../src/telemetry/metrics-table.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const log = createLog({ write: (line) => assert.fail(line) });
const inPrometheus = (name: string) => name.replaceAll('.', '_');

/** Sends everything that the metrics can tell of. */
async function tellAll(statsd: { host?: string; port?: number; path?: string }): Promise<void> {
  const metrics = createMetrics(
    { statsd: { ...statsd, prefix: 'jb.', tags: { dc: 'a, b' } }, tags: { app_id: 7 } },
    log,
  );
  const reporter = startReporter({ metrics, stats: eventfulStats, log });
  metrics.gauge('journal.perform_search_regex_duration', 12.5, { regex: '^a|b: "c"\\', reader: 'r' });
  metrics.hit('failed logins', { reader: 'r', user: 'Zoë', ip: '2001:db8::1', empty: '' });
  metrics.hit('failed logins', { reader: 'r', user: 'Zoë', ip: '2001:db8::1', empty: '' });
  reporter.stop();
  await metrics.close();
}

function valueOf(series: readonly Exposed[], name: string, tags: object): number | undefined {
  const labels = Object.entries({ dc: 'a_b', app_id: 7, ...tags });
  return series.find(
    (exposed) =>
      exposed.name === `jb_${inPrometheus(name)}` &&
      Object.keys(exposed.labels).length === labels.length &&
      labels.every(([label, value]) => exposed.labels[label] === String(value)),
  )?.value;
}

for (const way of ['UDP', 'a Unix datagram socket']) {
  test(`every metric arrives at a statsd_exporter over ${way}, with its value and tags`, async (t) => {
    if (!need(t, 'statsd_exporter')) return;
    await using exporter = await StatsdExporter.start();
    const own = (all: readonly Exposed[]) => all.filter(({ name }) => name.startsWith('jb_'));

    await tellAll(way === 'UDP' ? { host: '127.0.0.1', port: exporter.port } : { path: exporter.path });
    const series = await until(
      async () => {
        const all = await exporter.series();
        return own(all).some(({ name }) => name === 'jb_exception') && all;
      },
      { what: 'the metrics on the page', everyMs: 50 },
    );

    assert.deepEqual(
      new Set(own(series).map(({ name }) => name)),
      new Set([...Object.keys(metricsTable), 'failed_logins'].map((name) => `jb_${inPrometheus(name)}`)),
    );
    for (const { name, tags, value } of readingsOf(eventfulStats(), { startMs: 0, nowMs: 0 })) {
      const isTime = name.endsWith('_ago') || name === 'journalbridge.lag_seconds';
      const found = valueOf(series, name, tags);

      // Times grow until they are asked for.
      assert.equal(isTime && found !== undefined && found < 60 ? 0 : found, value, name);
    }
    assert.equal(valueOf(series, 'failed_logins', { reader: 'r', user: 'Zoë', ip: '2001_db8_1' }), 2);
    assert.equal(valueOf(series, 'journal.perform_search_regex_duration', { reader: 'r', regex: '^a_b_"c"\\' }), 12.5);
    for (const stat of ['p50', 'p99', 'max']) {
      assert.notEqual(valueOf(series, 'journalbridge.event_loop_delay_seconds', { stat }), undefined);
    }
    const errors = series.filter(({ name, value }) => /statsd_exporter_.*errors/.test(name) && value > 0);
    assert.deepEqual(errors, []);
  });
}

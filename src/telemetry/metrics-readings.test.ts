import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeStats, eventfulStats, readerStats, senderStats } from '../../test/support/bridge-stats.ts';
import { ProcessGauge } from './metrics-process.ts';
import { readingsOf, type Reading } from './metrics-readings.ts';
import { metricsTable, type MetricName } from './metrics-table.ts';
import type { ReaderStats, SenderStats } from './metrics-stats.ts';

const clock = { startMs: 1000, nowMs: 101_000 };

function valueOf(name: MetricName, reader: Partial<ReaderStats>, sender: Partial<SenderStats> = {}): number {
  const stats = bridgeStats({ readers: [readerStats({ senders: [senderStats(sender)], ...reader })] });
  return readingsOf(stats, clock).find((reading) => reading.name === name)!.value;
}

for (const [title, lagSeconds, seconds] of [
  ['is known', 0.3, 0.3],
  ['is not known yet', null, 100],
] as const) {
  test(`a lag that ${title} is ${seconds} s: what is not known must not look well for ever`, () => {
    assert.equal(valueOf('journalbridge.lag_seconds', {}, { lagSeconds }), seconds);
  });
}

test('the time since something happened counts from the start as long as it did not', () => {
  assert.equal(valueOf('journal.last_read_ago', {}), 100);
  assert.equal(valueOf('journal.last_sent_ago', {}), 100);
  assert.equal(valueOf('journal.last_read_ago', { lastReadMs: 99_766 }), 1.234);
  assert.equal(valueOf('journal.last_sent_ago', {}, { lastSentMs: 99_766 }), 1.234);
});

for (const [status, value] of [
  ['connected', 3],
  ['disconnected', 2],
  ['stopped', 0],
] as const) {
  test(`a sender that is ${status} has the status ${value}`, () => {
    assert.equal(valueOf('journal.status', {}, { status }), value);
  });
}

test('the senders that failed to start are counted for each reader', () => {
  const senders = [senderStats({ hasFailedToStart: true }), senderStats({ hasFailedToStart: true }), senderStats()];

  assert.equal(valueOf('sender.failed_to_start', { senders }), 2);
});

test('each figure becomes the metric that tells of it', () => {
  const readings = readingsOf(eventfulStats(), { ...clock, nowMs: 1000 });

  const told = Object.fromEntries(readings.map((reading) => [seriesOf(reading), reading.value]));
  assert.deepEqual(told, {
    'journalbridge.reloads result=applied': 27,
    'journalbridge.reloads result=refused': 28,
    'journalbridge.state_save_failures': 29,
    'journal.last_read_ago reader=r': 0,
    'journal.read_lines reader=r': 11,
    'journal.read_bytes reader=r': 12,
    'journal.secret_filter_match reader=r': 26,
    'journal.corrupted_log_entry reader=r': 18,
    'journal.read_error error=too_long reader=r': 17,
    'sender.failed_to_start reader=r': 1,
    'journalbridge.journalctl_restarts reader=r': 21,
    'journalbridge.stall_restarts reader=r': 32,
    'journalbridge.feeds reader=r': 1,
    'journalbridge.feed_splits reader=r': 30,
    'journalbridge.feed_merges reader=r': 31,
    'journalbridge.gaps reader=r reason=vacuumed': 23,
    'journalbridge.dropped_entries reader=r filter=own_log': 13,
    'journalbridge.dropped_entries reader=r filter=unit': 14,
    'journalbridge.dropped_entries reader=r filter=match': 15,
    'journalbridge.dropped_entries reader=r filter=search': 16,
    'journalbridge.redactions reader=r pattern=0': 24,
    'journalbridge.redactions reader=r pattern=1': 25,
    'journalbridge.decode_errors reader=r kind=malformed': 18,
    'journalbridge.decode_errors reader=r kind=truncated': 19,
    'journalbridge.decode_errors reader=r kind=cut': 20,
    'journalbridge.journalctl_complaints reader=r kind=permission': 22,
    'journal.last_sent_ago reader=r sender=s': 0,
    'journal.sent_lines reader=r sender=s': 1,
    'journal.sent_bytes reader=r sender=s': 2,
    'journal.status reader=r sender=s': 3,
    'journalbridge.lag_seconds reader=r sender=s': 0,
    'journalbridge.lag_entries reader=r sender=s': 8,
    'journalbridge.queue_entries reader=r sender=s': 6,
    'journalbridge.queue_bytes reader=r sender=s': 7,
    'journalbridge.batches reader=r sender=s': 3,
    'journalbridge.retries reader=r sender=s': 4,
    'journalbridge.rejected_entries reader=r sender=s': 5,
    'journalbridge.dead_letters reader=r sender=s': 34,
    'journalbridge.dead_letters_rotated_out reader=r sender=s': 35,
    'journalbridge.dropped_entries reader=r sender=s filter=unit_log_level': 9,
    'exception where=sender app=journalbridge reader=r sender=s exception=TypeError': 10,
  });
});

function seriesOf({ name, tags }: Reading): string {
  return [name, ...Object.entries(tags).map(([tag, value]) => `${tag}=${String(value)}`)].join(' ');
}

test('every metric of the table is reported, with the tags that it declares', () => {
  const process = new ProcessGauge();
  const readings = [...process.readings(), ...readingsOf(eventfulStats(), clock)];
  process.end();

  const bySearches: MetricName = 'journal.perform_search_regex_duration';
  const reported = new Set<string>([bySearches, ...readings.map(({ name }) => name)]);
  assert.deepEqual(reported, new Set(Object.keys(metricsTable)));
  for (const { name, tags } of readings) {
    const declared: readonly string[] = metricsTable[name].tags;
    const undeclared = Object.keys(tags).filter((tag) => !declared.includes(tag));
    const missing = declared.filter(
      (tag) => !(tag in tags) && !(name === 'journalbridge.dropped_entries' && tag === 'sender'),
    );
    assert.deepEqual([undeclared, missing], [[], []], name);
  }
});

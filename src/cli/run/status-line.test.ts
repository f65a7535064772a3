import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReaderStats, SenderStats } from '../../telemetry/metrics-stats.ts';
import { statusLine } from './status-line.ts';

function line(...senders: Partial<SenderStats>[]): string {
  const all = senders.map((sender, n) => ({
    name: `s${n}`,
    status: 'connected',
    lagSeconds: 0,
    behindEntries: 0,
    ...sender,
  }));
  return statusLine({ readers: [{ name: 'main', senders: all } as unknown as ReaderStats] });
}

const cases: { title: string; senders: Partial<SenderStats>[]; text: string }[] = [
  { title: 'no sender', senders: [], text: 'Nothing is shipped: there is no enabled sender.' },
  { title: 'one that is well', senders: [{}], text: 'Shipping to 1 sender: main to s0 up to date' },
  {
    title: 'the lag of batching',
    senders: [{ lagSeconds: 4.9, behindEntries: 12 }],
    text: 'Shipping to 1 sender: main to s0 up to date',
  },
  {
    title: 'one that is late, before those that are well',
    senders: [{}, { lagSeconds: 3725, behindEntries: 12_345 }],
    text: '1 of 2 senders up to date: main to s1 lag 1 h 2 min, 12,345 entries behind; main to s0 up to date',
  },
  {
    title: 'one that is not connected',
    senders: [{ status: 'disconnected', lagSeconds: 30 }],
    text: '0 of 1 sender up to date: main to s0 disconnected, lag 30 s',
  },
  {
    title: 'one whose lag is not known yet',
    senders: [{ lagSeconds: null, behindEntries: undefined }],
    text: '0 of 1 sender up to date: main to s0 starting',
  },
];
for (const { title, senders, text } of cases) {
  test(`the status line tells ${title}`, () => {
    assert.equal(line(...senders), text);
  });
}

test('of many senders the status line tells a few', () => {
  const text = line(...Array.from({ length: 100 }, () => ({})), { status: 'disconnected' });

  assert.match(text, /^100 of 101 senders up to date: main to s100 disconnected; .*; and 93 more$/);
  assert.ok(text.length < 400);
});

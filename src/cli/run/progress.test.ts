import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bridge } from '../../bridge.ts';
import { progressLine, showProgress, summarize } from './progress.ts';

interface FakeReader {
  readonly name: string;
  readonly entries: number;
  readonly lastUs?: number;
  readonly senders: Readonly<Record<string, { sent?: number; refused?: number; queued?: number; ackUs?: number }>>;
}

/** As much of a bridge as a summary looks at. */
function bridgeOf(...readers: FakeReader[]): Bridge {
  const fakes = readers.map(({ name, entries, lastUs, senders }) => ({
    name,
    feeds: { lead: lastUs === undefined ? undefined : { lastUs } },
    stats: () => ({
      readEntries: entries,
      senders: Object.entries(senders).map(([sender, { sent = 0, refused = 0, queued = 0, ackUs }]) => ({
        name: sender,
        sentEntries: sent,
        rejectedEntries: refused,
        queueEntries: queued,
        acknowledgedUs: ackUs,
      })),
    }),
  }));
  return { readers: fakes } as unknown as Bridge;
}

const second = 1_000_000;
const busy: FakeReader = {
  name: 'sys',
  entries: 1_234_567,
  lastUs: 1_767_225_600 * second,
  senders: {
    fast: { sent: 1_234_000, queued: 567, ackUs: 1_767_225_599.5 * second },
    slow: { sent: 5, queued: 50_000, ackUs: 1_767_225_600 * second - 90 * second },
  },
};

test('the line tells entries, rate and how far each sender is behind', () => {
  assert.equal(
    progressLine(bridgeOf(busy), 10_000),
    'sys: 1,234,567 entries, 123,457/s; fast 567 behind, 0.50 s; slow 50,000 behind, 90.0 s',
  );
});

test('a sender that has not delivered anything has no lag in time', () => {
  const line = progressLine(bridgeOf({ name: 'r', entries: 3, lastUs: 5, senders: { s: { queued: 3 } } }), 1000);

  assert.equal(line, 'r: 3 entries, 3/s; s 3 behind');
});

test('before anything is read a place from the last run is no lag', () => {
  const line = progressLine(
    bridgeOf({ name: 'r', entries: 0, senders: { s: { ackUs: 1_767_225_600 * second } } }),
    1000,
  );

  assert.equal(line, 'r: 0 entries, 0/s; s 0 behind, 0.00 s');
});

test('readers stand side by side', () => {
  const line = progressLine(
    bridgeOf({ name: 'a', entries: 0, senders: {} }, { name: 'b', entries: 0, senders: {} }),
    1000,
  );

  assert.equal(line, 'a: 0 entries, 0/s;  | b: 0 entries, 0/s; ');
});

test('the summary has a line for each reader', () => {
  const text = summarize(bridgeOf(busy, { name: 'r', entries: 0, senders: {} }), performance.now() - 2000);

  const [first, second_, end] = text.split('\n');
  assert.match(first!, /^sys: 1,234,567 entries in 2\.0\d s \(6\d\d,\d{3}\/s\); delivered: fast 1,234,000, slow 5$/);
  assert.match(second_!, /^r: 0 entries in 2\.0\d s \(0\/s\); no senders$/);
  assert.equal(end, '');
});

test('what was refused for good stands beside what was delivered', () => {
  const reader = { name: 'r', entries: 1005, senders: { out: { sent: 5, refused: 1000 } } };

  const text = summarize(bridgeOf(reader), performance.now());

  assert.match(text, /; delivered: out 5 \(1,000 refused\)\n$/);
});

for (const isTTY of [true, false]) {
  test(`${isTTY ? 'on a' : 'off the'} terminal there is ${isTTY ? 'one line, which is wiped in the end' : 'nothing'}`, (t) => {
    const written: string[] = [];
    const before = { isTTY: process.stderr.isTTY, columns: process.stderr.columns };
    Object.assign(process.stderr, { isTTY, columns: 20 });
    t.after(() => Object.assign(process.stderr, before));
    t.mock.method(process.stderr, 'write', (text: string) => written.push(text));
    t.mock.timers.enable({ apis: ['setInterval'] });

    const hide = showProgress(bridgeOf(busy), performance.now());
    t.mock.timers.tick(1000);
    hide();
    t.mock.timers.tick(1000);

    if (!isTTY) {
      assert.deepEqual(written, []);
      return;
    }
    assert.equal(written.length, 5);
    assert.ok(
      written.slice(0, 4).every((text) => text === '\r\x1b[Ksys: 1,234,567 entr'),
      written.join('|'),
    );
    assert.equal(written.at(-1), '\r\x1b[K');
  });
}

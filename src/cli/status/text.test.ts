import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Config } from '../../config/schema.ts';
import { StateError } from '../../errors.ts';
import { emptyReader, emptySender, parseStored } from '../../state/stored.ts';
import type { DaemonStatus } from './daemon.ts';
import { reportOf, type StatusReport } from './report.ts';
import { textOf } from './text.ts';
import { createPaint } from '../terminal-text.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');
const agoText = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString();
const running: DaemonStatus = {
  state: 'running',
  pid: 7,
  version: '1.0.0',
  start_time: agoText(7200),
  updated_at: agoText(4),
  stopped_at: null,
};
const report = (state: unknown, daemon = running): StatusReport =>
  reportOf({ statePath: '/s.json', state, config: undefined, daemon, maxLagSeconds: 300, nowMs });
const plain = (state: unknown, daemon = running) => textOf(report(state, daemon), nowMs, createPaint(false));
const sender = (more: object = {}, health: object = {}) => ({
  ...emptySender('FileSender'),
  health: { status: 'connected', elapsed: 1, errors: [], since: agoText(60), ...health },
  lag: { seconds: 0, entries: 0, since: null },
  rate: 0,
  retries: 0,
  ...more,
});
const refused = {
  rejected: 5,
  count: 2,
  rotated_out: 1,
  last: { time: agoText(300), reason: 'a field is\nno number' },
};
const stateWith = (senders: object, more: object = {}) => ({
  readers: { sys: { ...emptyReader(), senders, ...more } },
});

test('a sender that has not connected yet is starting for a while, and in trouble after that or with an error', () => {
  const begun = { ...running, start_time: agoText(2) };
  const waiting = (more: object = {}) =>
    stateWith({ k: sender({}, { status: 'disconnected', since: agoText(2), ...more }) });

  const { ok } = report(waiting(), begun);

  assert.equal(ok, true);
  assert.match(plain(waiting(), begun), /^✓ {2}sys {5}k {7}FileSender {2}starting /m);
  assert.equal(report(waiting(), { ...running, start_time: agoText(11) }).ok, false);
  assert.equal(report(waiting({ errors: ['it is away'] }), begun).ok, false);
});

test('errors of what the config has no more are not told', () => {
  const health = { last_errors: [{ code: 'RETRYABLE', times: 1, message: 'it was away', time: agoText(2) }] };
  const config = { readers: {} } as unknown as Config;
  const state = stateWith({ gone: sender({}, health) });

  const of = (known: Config | undefined) =>
    textOf(
      reportOf({ statePath: '/s.json', state, config: known, daemon: running, maxLagSeconds: 300, nowMs }),
      nowMs,
      createPaint(false),
    );

  assert.match(of(undefined), /it was away/);
  assert.doesNotMatch(of(config), /it was away/);
});

test('shows each sender on a line, the worst first', () => {
  const text = plain(
    stateWith({
      good: sender({ rate: 12.5, sent: { cursor: 'c', count: 1234, bytes: 2048 } }),
      late: sender({ lag: { seconds: 1, entries: 9000, since: agoText(400) } }),
      dead: sender(
        { retries: 3, lag: { seconds: null, entries: null, since: null }, dead_letters: refused },
        {
          status: 'disconnected',
          since: agoText(90),
          last_errors: [{ code: 'RETRYABLE', times: 1, message: 'it is away', time: agoText(2) }],
        },
      ),
    }),
  );

  assert.equal(
    text,
    `journalbridge 1.0.0 runs, pid 7, for 2 h; state file /s.json, written 4 s ago

✗ sys.late: 6 min 40 s behind, 9,000 entries
✗ sys.dead: disconnected for 1 min 30 s: it is away

   READER  SENDER  TYPE        STATUS               LAG  BEHIND    RATE             SENT  RETRIES  DEAD LETTERS
✗  sys     late    FileSender  connected     6 min 40 s   9,000     0/s          0 (0 B)        0             0
✗  sys     dead    FileSender  disconnected           ?       ?     0/s          0 (0 B)        3             2
✓  sys     good    FileSender  connected            0 s       0  12.5/s  1,234 (2.0 KiB)        0             0

refused by sys.dead: 5, 2 of them kept as dead letters, 1 rotated out since; the last one 5 min ago: a field is\\nno number
`,
  );
});

for (const { title, daemon, problem } of [
  { title: 'a daemon that was killed', daemon: { state: 'dead' }, problem: /no journalbridge with pid 7 runs/ },
  {
    title: 'a daemon that was stopped',
    daemon: { state: 'stopped', stopped_at: agoText(9) },
    problem: /was stopped at /,
  },
] as const) {
  test(`${title} is the problem, not each of its senders`, () => {
    const { ok, problems } = report(stateWith({ a: sender({}, { status: 'stopped' }) }), { ...running, ...daemon });

    assert.equal(ok, false);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, problem);
  });
}

test('what is over is told, and nothing is wrong', () => {
  const last_errors = [
    { code: 'NOT_CONNECTED', times: 1, message: 'it was away', time: agoText(120) },
    { code: 'REJECTED', times: 1, message: 'a bad field', time: agoText(60) },
  ];
  const state = stateWith(
    { a: sender({}, { last_errors }) },
    { gaps: [{ kind: 'vacuumed', from: 'A', to: 'B', entries: 1, why: 'gone' }] },
  );

  assert.equal(report(state).ok, true);
  assert.match(
    plain(state),
    /gaps of sys: 1:\n {2}1 entry between A and B can no longer be read: gone\n\nlast error of sys\.a, 2 min ago: it was away\n$/,
  );
});

test('of many gaps the last are shown, with what is known of each, and all are counted', () => {
  const gap = { kind: 'damaged', from: 'A', to: 'B', entries: 3, why: 'bad disk', noticed: agoText(1), file: '/f' };
  const suppressed = { kind: 'suppressed', from: null, to: 'C', entries: 9, why: 'too much', unit: 'a.service' };
  const gaps = [...Array.from({ length: 98 }, () => gap), suppressed, { kind: 'of_later', why: null }];
  const state = stateWith({}, { gaps, gap_counts: { damaged: 249, suppressed: 1, of_later: 1, vacuumed: 0 } });

  const [reader] = report(state).readers;

  assert.deepEqual(reader!.gaps[0], { ...gap, unit: null });
  assert.deepEqual(reader!.gap_counts, { damaged: 249, suppressed: 1, of_later: 1, vacuumed: 0 });
  assert.match(
    plain(state),
    new RegExp(
      [
        'gaps of sys: 251 \\(damaged 249, suppressed 1, of_later 1\\), the last 3:',
        ' {2}entries of an unknown time cannot be read',
        ' {2}9 entries of a\\.service before C never got into the journal: too much',
        ' {2}3 entries between A and B cannot be read: bad disk\n',
      ].join('\n'),
    ),
  );
});

test('what holds a sender up now is its problem, and its last errors are told', () => {
  const times = { code: 'RETRYABLE', times: 7 };
  const health = {
    status: 'disconnected',
    since: agoText(90),
    trouble: { ...times, message: 'now', time: agoText(1), since: agoText(60) },
    last_errors: [{ ...times, message: 'before', time: agoText(100) }, { time: 1 }, null],
  };

  const { readers, problems } = report(stateWith({ k: sender({}, health) }));

  assert.deepEqual(problems, ['sys.k: disconnected for 1 min 30 s: now']);
  assert.deepEqual(readers[0]!.senders[0]!.trouble, health.trouble);
  assert.deepEqual(readers[0]!.senders[0]!.last_errors, health.last_errors.slice(0, 1));
});

test("journalpump's state file is shown as far as it goes", () => {
  const health = { status: 'disconnected', elapsed: 3, errors: ['first', 'last'] };
  const state = {
    ...stateWith({ k: { ...emptySender('KafkaSender'), health } }),
    start_time: '2026-11-20T23:10:05.123456',
  };
  const unknown: DaemonStatus = { ...running, state: 'unknown', pid: null, version: null, updated_at: null };

  const { problems } = report(state, unknown);

  assert.deepEqual(problems, ['sys.k: disconnected: last']);
  assert.match(plain(state, unknown), /KafkaSender {2}disconnected {4}\?/);
});

const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) as fc.Arbitrary<unknown>;
const text = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.constant('\x1b[2J\x9b1m\u202e\n'));
const name = text.filter((key) => key !== '__proto__');
const loose = (known: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: fc.record(known, { requiredKeys: [] }) }, { weight: 1, arbitrary: json });
const value = fc.oneof(json, text, fc.double(), fc.constant('2026-11-21T10:00:00Z'), fc.constant(null));
const anySender = loose({
  type: value,
  buffer: loose({ current_queue: value, total_size: value }),
  sent: loose({ cursor: text, count: fc.nat(), bytes: fc.nat(), time: value }),
  health: loose({
    status: value,
    since: value,
    errors: fc.array(value),
    trouble: loose({ message: text, time: value, times: value, since: value }),
    last_errors: fc.array(loose({ message: text, time: value })),
  }),
  lag: loose({ seconds: value, entries: value, since: value }),
  rate: value,
  retries: fc.nat(),
  dead_letters: loose({
    rejected: value,
    count: value,
    rotated_out: value,
    last: loose({ time: value, reason: text }),
  }),
});
const anyReader = loose({
  cursor: text,
  searches: fc.dictionary(name, value),
  gaps: fc.array(loose({ kind: value, from: value, to: value, entries: value, why: text, unit: value, file: value })),
  gap_counts: fc.dictionary(name, value),
  senders: fc.dictionary(name, anySender),
});
const anyState = fc.record({ readers: fc.dictionary(name, anyReader), start_time: value });

test('no state file that the daemon would take upsets it, and nothing in it reaches the terminal as a control', () => {
  let shown = 0;
  fc.assert(
    fc.property(anyState, fc.constantFrom('running', 'dead', 'unknown', 'stopped'), (made, state) => {
      const written = JSON.stringify(made);
      try {
        parseStored(written);
      } catch (error) {
        assert.ok(error instanceof StateError);
        return;
      }
      shown++;
      const daemon: DaemonStatus = { ...running, state };
      const printed = plain(JSON.parse(written), daemon);
      assert.doesNotMatch(printed, /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
    }),
    { numRuns: 300 },
  );
  assert.ok(shown > 100, `only ${shown} of 300 were taken`);
});

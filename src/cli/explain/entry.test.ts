import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf, type EntryFields } from '../../../test/support/block-of.ts';
import { parseConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { createSelects } from '../../journal/selects.ts';
import { Dealer, type Subscriber } from '../../pipeline/dealer.ts';
import { Queue } from '../../pipeline/queue.ts';
import { createRules } from '../../pipeline/rules.ts';
import { createExplain } from './entry.ts';
import type { ExplainedEntry } from './explained.ts';

/** What the daemon makes of an entry: the line of each sender, null for one that gets none. */
type Lines = Readonly<Record<string, string | null>>;

async function configOf(reader: object, top: object = {}): Promise<Config> {
  const text = JSON.stringify({ ...top, readers: { r: reader } });
  return (await parseConfig('x.json', text)).config;
}

/** Takes the entries through the daemon's rules and dealer in one Block, as a feed does. */
async function deal(config: Config, entries: readonly EntryFields[]): Promise<Lines[]> {
  const reader = config.readers['r']!;
  const events = { hit: () => undefined, slow: () => undefined };
  const rules = await createRules({ config, reader, bootId: undefined, ...events });
  const lines: Record<string, string | null>[] = entries.map(() => ({}));
  const subscribers = Object.entries(reader.senders).map(([name, sender]): Subscriber => ({
    queue: new Queue({ maxEntries: 1e6, maxBytes: 1e9, batchMaxEntries: 1e6, batchMaxBytes: 1e9 }),
    encoding: rules.encodingOf(sender),
    level: rules.levelOf(sender),
    push: ({ bytes, ends, count }) => {
      for (let i = 0; i < count; i++) {
        const line = bytes.toString('utf8', i === 0 ? 0 : ends[i - 1], ends[i]);
        lines[i]![name] = line === '' ? null : line;
      }
    },
    tooLarge: () => undefined,
    dropped: () => undefined,
  }));
  const selects = createSelects(reader);
  const block = blockOf(...entries);
  const selected = entries.map((_, i) => selects(block, i));
  new Dealer(subscribers, rules.sieve).deal(block, 0, true);
  return lines.map((each, i) => (selected[i] === true ? each : { a: null, b: null }));
}

async function explainAll(config: Config, entries: readonly EntryFields[]): Promise<ExplainedEntry[]> {
  const reader = config.readers['r']!;
  const explain = await createExplain(config, { name: 'r', reader, senders: reader.senders });
  return entries.map((entry) => explain(blockOf(entry)));
}

async function explainOne(reader: object, entry: EntryFields, top: object = {}): Promise<ExplainedEntry> {
  return (await explainAll(await configOf(reader, top), [entry]))[0]!;
}

const word = fc.constantFrom('a', 'ab', 'secret-1', 'secret-22', 'x=secret-3 y', 'é\u0085', '', '6', 'secret-');
const value = fc.oneof(word, fc.constantFrom(Buffer.from([0xff, 0x61]), Buffer.from('a\nsecret-9\n')));
const entry: fc.Arbitrary<EntryFields> = fc.record(
  {
    __REALTIME_TIMESTAMP: fc.constant('1767225600000001'),
    MESSAGE: fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 3 }), fc.constant('long '.repeat(400))),
    _CMDLINE: value,
    PRIORITY: fc.oneof(fc.constantFrom('0', '3', '6', '7', 'x'), fc.constant(['3', '7'])),
    _SYSTEMD_UNIT: fc.oneof(fc.constantFrom('a.service', 'b.service', 'ab'), fc.constant(['a.service', 'ab'])),
    SYSTEMD_UNIT: fc.constant('b.service'),
    TAG: value,
  },
  { requiredKeys: ['__REALTIME_TIMESTAMP'] },
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** What drops entries is rare, or nothing would be left to compare. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const match = {
  match_key: rarely(fc.constantFrom('PRIORITY', 'MESSAGE', 'TAG', 'SYSTEMD_UNIT')),
  match_value: maybe(fc.constantFrom(6, 'a', 'a.service', null)),
};
const sender = fc.record({
  output_type: fc.constant('file'),
  format: fc.constantFrom('journalpump', 'journald'),
  field_filter: maybe(fc.constantFrom('white', 'black')),
  unit_log_level: maybe(fc.constant('levels')),
  max_entry_bytes: fc.constantFrom(1024, 1_048_576),
  extra_field_values: fc.constantFrom({}, { PRIORITY: 7 }, { SYSTEMD_UNIT: 'ab', site: 'x' }),
});
const filters = [
  { pattern: 'secret-(\\d)', replacement: 'S\\1' },
  { pattern: '(?i)s2', replacement: 'hidden hidden hidden' },
];
const searches = [
  { name: 'digits', fields: { MESSAGE: '(?P<digits>\\d+)' }, tags: { of: 'message' } },
  { name: 'unit', fields: { _SYSTEMD_UNIT: '^a' } },
];
const reader = fc.record({
  units_to_match: rarely(fc.constant(['a.service'])),
  units_to_exclude: rarely(fc.constantFrom(['b*'], ['x', 'ab*'])),
  min_priority: rarely(fc.constantFrom('INFO', 3)),
  ...match,
  secret_filters: fc.constantFrom([], filters.slice(0, 1), filters),
  secret_filter_fields: rarely(fc.constantFrom(['MESSAGE'], ['cmdline', 'systemd_unit', 'MESSAGE'])),
  searches: rarely(fc.constantFrom(searches, searches.slice(0, 1))),
  senders: fc
    .tuple(sender, sender)
    .map(([a, b]) => ({ a: { ...a, file_output: '/x/a' }, b: { ...b, file_output: '/x/b' } })),
});
const top = fc.record({
  ...match,
  unit_log_level_rule: fc.constantFrom('first', 'strictest'),
  unit_log_levels: fc.constant({
    levels: [
      { service_glob: 'a*', log_level: 'INFO' },
      { service_glob: '*b*', log_level: 'ERROR' },
    ],
  }),
  field_filters: fc.constant({
    white: { type: 'whitelist', fields: ['message', 'priority', 'timestamp'] },
    black: { type: 'blacklist', fields: ['MESSAGE', 'site'] },
  }),
});

test('comes to what the daemon does, whatever the config and the entries', async () => {
  await fc.assert(
    fc.asyncProperty(
      reader,
      top,
      fc.array(entry, { minLength: 1, maxLength: 6 }),
      async (readerKeys, topKeys, entries) => {
        const config = await configOf(readerKeys, topKeys);

        const [dealt, explained] = [await deal(config, entries), await explainAll(config, entries)];

        explained.forEach((each, i) => {
          compare(each, dealt[i]!);
        });
      },
    ),
    { numRuns: 150 },
  );
});

function compare(explained: ExplainedEntry, lines: Lines): void {
  const { kept, senders, steps } = explained;
  const told = Object.fromEntries(
    senders.map(({ sender: name, payload }) => [name, payload === null ? null : `${payload}\n`]),
  );
  assert.deepEqual(kept ? told : { a: null, b: null }, lines);
  assert.equal(
    kept,
    steps.every(({ passes }) => passes),
  );
  assert.ok(
    steps.slice(0, -1).every(({ passes }) => passes),
    'nothing comes after the step that drops',
  );
  for (const { gets, steps: own, payload, bytes, stub } of senders) {
    assert.equal(
      gets,
      own.every(({ passes }) => passes),
    );
    assert.equal(bytes, payload === null ? null : Buffer.byteLength(payload));
    assert.equal(stub, payload?.includes('too large message') ?? false);
  }
}

test('counts what the daemon counts: redactions by filter, and hits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 6 }), async (entries) => {
      const config = await configOf({ secret_filters: filters, searches: [...searches, { name: 'all' }] });
      const daemon = config.readers['r']!;
      const hits: string[] = [];
      const options = { config, reader: daemon, bootId: undefined, slow: () => undefined };
      const rules = await createRules({ ...options, hit: (name) => hits.push(name) });
      rules.sieve.sift(blockOf(...entries), 0, true);

      const steps = (await explainAll(config, entries)).flatMap((each) => each.steps);

      const changes = steps.flatMap((step) => (step.step === 'secret_filters' ? step.changes : []));
      const sums = filters.map((_, n) => changes.reduce((sum, each) => sum + (each.filter === n ? each.count : 0), 0));
      assert.deepEqual(sums, rules.stats().redactions);
      const told = steps.flatMap((step) => (step.step === 'searches' ? step.hits.map(({ name }) => name) : []));
      assert.deepEqual(told, hits);
    }),
    { numRuns: 60 },
  );
});

const dropped: readonly { title: string; reader?: object; top?: object; entry: EntryFields; step: object }[] = [
  {
    title: 'another unit',
    reader: { units_to_match: ['b.service'] },
    entry: { _SYSTEMD_UNIT: 'a.service' },
    step: { step: 'units_to_match', passes: false },
  },
  {
    title: 'a lesser priority',
    reader: { min_priority: 'err' },
    entry: { PRIORITY: '6' },
    step: { step: 'min_priority', passes: false, min_priority: 3 },
  },
  {
    title: 'a line of the daemon',
    entry: { _SYSTEMD_UNIT: 'journalbridge.service' },
    step: { step: 'ship_own_logs', passes: false, own_unit: 'journalbridge.service' },
  },
  {
    title: 'an excluded unit',
    reader: { units_to_exclude: ['x', 'a*'] },
    entry: { _SYSTEMD_UNIT: 'a.service' },
    step: { step: 'units_to_exclude', passes: false, glob: 'a*' },
  },
  {
    title: 'another value at the top level',
    top: { match_key: 'PRIORITY', match_value: 3 },
    entry: { PRIORITY: '6' },
    step: { step: 'match_key', passes: false, of: 'config', key: 'PRIORITY', wanted: 3, found: 6 },
  },
  {
    title: 'another value in the reader, which is redacted where it is told',
    reader: { match_key: 'MESSAGE', match_value: 'x', secret_filters: filters },
    entry: { MESSAGE: 'secret-7' },
    step: { step: 'match_key', passes: false, of: 'reader', key: 'MESSAGE', wanted: 'x', found: 'S7' },
  },
  {
    title: 'no search that hits',
    reader: { searches },
    entry: { MESSAGE: 'x' },
    step: { step: 'searches', passes: false, hits: [] },
  },
];

for (const { title, reader: keys = {}, top: topKeys, entry: fields, step } of dropped) {
  test(`tells that an entry is dropped for ${title}`, async () => {
    const { kept, steps, senders } = await explainOne(keys, fields, topKeys);

    assert.equal(kept, false);
    assert.deepEqual(steps.at(-1), step);
    assert.deepEqual(senders, []);
  });
}

test('is silent about the guard of its own lines unless it drops one', async () => {
  assert.deepEqual((await explainOne({}, { _SYSTEMD_UNIT: 'a.service' })).steps, []);
  assert.deepEqual((await explainOne({ ship_own_logs: true }, { _SYSTEMD_UNIT: 'journalbridge.service' })).steps, []);
});

test('tells which filter replaced how much in which field, all values of it together', async () => {
  const { steps, message } = await explainOne(
    { secret_filters: filters },
    { MESSAGE: ['secret-1 secret-2', 'secret-2'], _CMDLINE: 'a --key=secret-3' },
  );

  assert.deepEqual(steps, [
    {
      step: 'secret_filters',
      passes: true,
      changes: [
        { filter: 0, field: 'MESSAGE', count: 3 },
        { filter: 0, field: '_CMDLINE', count: 1 },
        { filter: 1, field: 'MESSAGE', count: 2 },
      ],
    },
  ]);
  assert.equal(message, 'S1 hidden hidden hidden');
});

for (const keys of [
  { units_to_match: ['x'] },
  { min_priority: 0 },
  { units_to_exclude: ['*'] },
  { match_key: 'MESSAGE' },
]) {
  test(`redacts what it shows of an entry that is dropped by ${Object.keys(keys).join()}`, async () => {
    const explained = await explainOne(
      { ...keys, secret_filters: filters },
      { MESSAGE: 'secret-1', _SYSTEMD_UNIT: 'secret-2', PRIORITY: '6' },
    );

    assert.equal(explained.kept, false);
    assert.deepEqual([explained.message, explained.unit], ['S1', 'hidden hidden hidden']);
    assert.doesNotMatch(JSON.stringify(explained), /secret-/);
  });
}

test('tells the rule, the glob and the level that decide for a sender', async () => {
  const config = await configOf(
    { senders: { a: { output_type: 'file', file_output: '/x', unit_log_level: 'quiet' } } },
    {
      unit_log_levels: {
        quiet: [
          { service_glob: 'x*', log_level: 'DEBUG' },
          { service_glob: 'a*', log_level: 'ERROR' },
        ],
      },
    },
  );

  const entries = [{ _SYSTEMD_UNIT: 'a.service', PRIORITY: '6' }, { _SYSTEMD_UNIT: 'c' }];
  const senders = (await explainAll(config, entries)).map((each) => each.senders[0]!);

  const step = { step: 'unit_log_level', list: 'quiet' };
  assert.deepEqual(senders[0]?.steps, [
    { ...step, passes: false, rule: 1, service_glob: 'a*', log_level: 3, priority: 6 },
  ]);
  assert.deepEqual(senders[1]?.steps, [
    { ...step, passes: true, rule: null, service_glob: null, log_level: null, priority: null },
  ]);
});

test('says of a huge entry that a stub stands in its place', async () => {
  const senders = { a: { output_type: 'file', file_output: '/x', max_entry_bytes: 1024 } };

  const explained = await explainOne({ senders }, { MESSAGE: 'y'.repeat(5000) });

  assert.equal(explained.senders[0]?.stub, true);
  assert.match(explained.senders[0].payload ?? '', /^\{"error": "too large message /);
});

test('cuts a long message and keeps characters whole', async () => {
  const { message } = await explainOne({}, { MESSAGE: '🚀'.repeat(1000) });

  assert.equal(message, `${'🚀'.repeat(120)}…`);
});

for (const [realtime, time] of [
  ['1767225600000001', '2026-01-01T00:00:00.000001Z'],
  ['99999999999999999999', null],
  ['0', null],
] as const) {
  test(`the time ${realtime} is told as ${time ?? 'none'}`, async () => {
    assert.equal((await explainOne({}, { __REALTIME_TIMESTAMP: realtime })).time, time);
  });
}

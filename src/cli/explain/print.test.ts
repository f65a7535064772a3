import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printEntry, printJson } from './print.ts';
import type { ExplainedEntry, ExplainedSender, ReaderStep, SenderStep } from './explained.ts';
import { createPaint } from '../terminal-text.ts';

const plain = { paint: createPaint(false), hasReaders: false };

const entry: ExplainedEntry = {
  reader: 'sys',
  cursor: 's=1',
  time: '2026-01-01T00:00:00.001000Z',
  unit: 'nginx.service',
  priority: 6,
  message: 'GET /',
  kept: true,
  steps: [],
  senders: [],
};

const sender: ExplainedSender = {
  sender: 'lines',
  output_type: 'file',
  gets: true,
  steps: [],
  stub: false,
  payload: '{"MESSAGE": "GET /"}',
  bytes: 20,
};

test('an entry is a heading, its steps, and what each sender gets, beside each other', () => {
  const text = printEntry(
    {
      ...entry,
      steps: [
        { step: 'units_to_match', passes: true },
        { step: 'secret_filters', passes: true, changes: [{ filter: 2, field: 'MESSAGE', count: 2 }] },
      ],
      senders: [
        { ...sender, sender: 'a', bytes: 1234 },
        {
          ...sender,
          gets: false,
          payload: null,
          bytes: null,
          steps: [
            {
              step: 'unit_log_level',
              passes: false,
              list: 'quiet',
              rule: 0,
              service_glob: '*',
              log_level: 4,
              priority: 6,
            },
          ],
        },
      ],
    },
    plain,
  );

  assert.equal(
    text,
    [
      '✓ 2026-01-01T00:00:00.001000Z  nginx.service  info  GET /',
      '  ✓ units_to_match     nginx.service is listed',
      '  ● secret_filters.2   redacted MESSAGE 2 times',
      '  a      ✓ payload            1,234 bytes',
      '         {"MESSAGE": "GET /"}',
      '  lines  ✗ unit_log_level     info is less important (quiet, rule 0: * down to warning)',
      '',
      '',
    ].join('\n'),
  );
});

test('the heading names the reader where there are several', () => {
  const [heading] = printEntry(entry, { ...plain, hasReaders: true }).split('\n');

  assert.equal(heading, '✓ sys  2026-01-01T00:00:00.001000Z  nginx.service  info  GET /');
});

test('the heading says what an entry lacks', () => {
  const [heading] = printEntry({ ...entry, time: null, unit: null, priority: null, message: null }, plain).split('\n');

  assert.equal(heading, '✓ no time  no unit  no priority');
});

for (const { title, kept, senders, mark } of [
  { title: 'is dropped', kept: false, senders: [], mark: '✗' },
  { title: 'no sender gets', kept: true, senders: [{ ...sender, gets: false, payload: null, bytes: null }], mark: '✗' },
  { title: 'some sender gets', kept: true, senders: [{ ...sender, gets: false, payload: null }, sender], mark: '✓' },
  { title: 'is kept by a reader without senders', kept: true, senders: [], mark: '✓' },
]) {
  test(`${mark} stands before an entry that ${title}`, () => {
    assert.equal(printEntry({ ...entry, kept, senders }, plain)[0], mark);
  });
}

const words: readonly { step: ReaderStep; line: string; unit?: null; priority?: null }[] = [
  { step: { step: 'units_to_match', passes: false }, line: '✗ units_to_match     nginx.service is not listed' },
  { step: { step: 'units_to_match', passes: false }, unit: null, line: '✗ units_to_match     it has no unit' },
  {
    step: { step: 'min_priority', passes: true, min_priority: 6 },
    line: '✓ min_priority       info is at least as important as info',
  },
  {
    step: { step: 'min_priority', passes: false, min_priority: 3 },
    line: '✗ min_priority       info is less important than error',
  },
  {
    step: { step: 'min_priority', passes: false, min_priority: 3 },
    priority: null,
    line: '✗ min_priority       it has no priority from 0 to 7',
  },
  {
    step: { step: 'ship_own_logs', passes: false, own_unit: 'me.service' },
    line: '✗ ship_own_logs      me.service is taken for the daemon itself, and its own lines are not shipped',
  },
  {
    step: { step: 'units_to_exclude', passes: true, glob: null },
    line: '✓ units_to_exclude   nothing excludes nginx.service',
  },
  {
    step: { step: 'units_to_exclude', passes: false, glob: 'ng*' },
    line: '✗ units_to_exclude   ng* excludes nginx.service',
  },
  {
    step: { step: 'units_to_exclude', passes: true, glob: null },
    unit: null,
    line: '✓ units_to_exclude   it has no unit',
  },
  {
    step: { step: 'match_key', passes: true, of: 'reader', key: 'PRIORITY', wanted: 6, found: 6 },
    line: '✓ match_key          PRIORITY is 6',
  },
  {
    step: { step: 'match_key', passes: false, of: 'config', key: 'A', wanted: 'two words', found: null },
    line: '✗ match_key          it has no A; wanted "two words" (top level)',
  },
  {
    step: { step: 'match_key', passes: false, of: 'reader', key: 'A', wanted: null, found: 'x'.repeat(1000) },
    line: `✗ match_key          A is ${'x'.repeat(60)}…; wanted none`,
  },
  { step: { step: 'secret_filters', passes: true, changes: [] }, line: '✓ secret_filters     nothing to redact' },
  {
    step: {
      step: 'secret_filters',
      passes: true,
      changes: [
        { filter: 0, field: 'A', count: 1 },
        { filter: 0, field: 'B', count: 3 },
      ],
    },
    line: '● secret_filters.0   redacted A once, B 3 times',
  },
  { step: { step: 'searches', passes: false, hits: [] }, line: '✗ searches           none of them hits' },
  {
    step: { step: 'searches', passes: true, hits: [{ name: 'logins', tags: { user: 'root', why: 'no idea' } }] },
    line: '✓ searches           logins  user=root  why="no idea"',
  },
];

for (const { step, line, ...head } of words) {
  test(`says: ${line}`, () => {
    assert.equal(printEntry({ ...entry, ...head, steps: [step] }, plain).split('\n')[1], `  ${line}`);
  });
}

const filter: SenderStep = {
  step: 'field_filter',
  passes: true,
  filter: 'slim',
  type: 'whitelist',
  keeps: ['MESSAGE', 'PID'],
  removes: ['A'],
};
const level: SenderStep = {
  step: 'unit_log_level',
  passes: true,
  list: 'quiet',
  rule: 1,
  service_glob: 'a b*',
  log_level: 7,
  priority: null,
};

const senderWords: readonly { step: SenderStep; line: string }[] = [
  { step: filter, line: '✓ field_filter       slim keeps MESSAGE, PID; removes 1' },
  { step: { ...filter, keeps: [] }, line: '✓ field_filter       slim keeps nothing; removes 1' },
  {
    step: { ...filter, type: 'blacklist', removes: Array.from('ABCDEFGHIJ') },
    line: '✓ field_filter       slim removes A, B, C, D, E, F, G, H and 2 more; keeps 2',
  },
  { step: level, line: '✓ unit_log_level     it has no priority to compare (quiet, rule 1: "a b*" down to debug)' },
  { step: { ...level, priority: 6 }, line: '✓ unit_log_level     info passes (quiet, rule 1: "a b*" down to debug)' },
  {
    step: { ...level, priority: 12, passes: false },
    line: '✗ unit_log_level     12 is less important (quiet, rule 1: "a b*" down to debug)',
  },
  {
    step: { ...level, rule: null, service_glob: null, log_level: null },
    line: '✓ unit_log_level     no rule of quiet is for its unit',
  },
];

for (const { step, line } of senderWords) {
  test(`says of a sender: ${line}`, () => {
    const lines = printEntry({ ...entry, senders: [{ ...sender, steps: [step] }] }, plain).split('\n');

    assert.equal(lines[1], `  lines  ${line}`);
  });
}

test('says that a stub stands for an entry that is too large', () => {
  const text = printEntry({ ...entry, senders: [{ ...sender, stub: true, bytes: 1200 }] }, plain);

  assert.match(text, /^ {2}lines {2}● payload {12}larger than max_entry_bytes: a stub of 1,200 bytes$/m);
});

test('nothing in an entry steers the terminal or forges a line', () => {
  const evil = 'a\x1b[2J\n✓ b\u009b\u202e';
  const hostile: ExplainedEntry = {
    ...entry,
    reader: evil,
    unit: evil,
    message: evil,
    steps: [
      { step: 'units_to_exclude', passes: true, glob: null },
      { step: 'match_key', passes: true, of: 'reader', key: evil, wanted: evil, found: evil },
      { step: 'secret_filters', passes: true, changes: [{ filter: 0, field: evil, count: 1 }] },
      { step: 'searches', passes: true, hits: [{ name: evil, tags: { [evil]: evil } }] },
    ],
    senders: [
      {
        ...sender,
        sender: evil,
        steps: [
          { ...level, list: evil, service_glob: evil },
          { ...filter, keeps: [evil] },
        ],
        payload: evil,
      },
    ],
  };

  for (const text of [printEntry(hostile, { ...plain, hasReaders: true }), printJson(hostile)]) {
    // eslint-disable-next-line no-control-regex -- control characters are what this is about
    assert.doesNotMatch(text, /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  }
  assert.equal(printEntry(hostile, plain).split('\n').length, 11);
});

test('JSON is one line that means just the entry', () => {
  const json = printJson({ ...entry, message: '\u2028\x85"\n' });

  assert.match(json, /^[^\n]*\n$/);
  assert.deepEqual(JSON.parse(json), { ...entry, message: '\u2028\x85"\n' });
});

test('colours change nothing but colours', () => {
  const entries = [entry, { ...entry, kept: false }, { ...entry, senders: [sender] }];

  for (const each of entries) {
    const coloured = printEntry(each, { paint: createPaint(true), hasReaders: true });
    assert.notEqual(coloured, printEntry(each, { ...plain, hasReaders: true }));
    // eslint-disable-next-line no-control-regex -- that is how colours are written
    assert.equal(coloured.replace(/\x1b\[\d+m/g, ''), printEntry(each, { ...plain, hasReaders: true }));
  }
});

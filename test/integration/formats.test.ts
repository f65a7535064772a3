import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { runOnce } from '../support/daemon.ts';
import { generateEntries } from '../support/entries.ts';
import { expectedFields, parseExport, valueOf } from '../support/export-stream.ts';
import type { EntrySpec, Field } from '../support/export-stream.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { need } from '../support/need.ts';
import { bootIds } from '../support/vocabulary.ts';
import { expectJournald, expectJournalpump, parseExactly } from './oracle.ts';
import { Place } from './place.ts';
import { INTEGER_FIELDS } from '../support/reference/typed-fields.ts';

const execute = promisify(execFile);
const MIB = 1 << 20;

/** Entries that are odd in one way each. */
const odd: Record<string, EntrySpec['fields']> = {
  'several lines': [['MESSAGE', 'one\ntwo\n\nthree\n']],
  'a message and nothing else': [['MESSAGE', 'm']],
  'an empty message': [['MESSAGE', '']],
  'no message': [['NOTE', 'n']],
  'all of Latin-1': [['MESSAGE', Buffer.from(Array.from({ length: 256 }, (_, c) => c))]],
  'all of ASCII': [['MESSAGE', Buffer.from(Array.from({ length: 128 }, (_, c) => c))]],
  'bytes with both quotes': [['MESSAGE', Buffer.from('\xff\'"\\\n', 'latin1')]],
  'bytes with single quotes': [['MESSAGE', Buffer.from("\xff'\t\r", 'latin1')]],
  'beyond ASCII': [['MESSAGE', 'größe 日本語 🚀 👩‍💻 \u2028\u2029\u0085\ufeff\uffff']],
  'a byte order mark first': [['MESSAGE', '\ufeffx']],
  'UTF-8 cut short': [['MESSAGE', Buffer.from('abc\xf0\x9f\x9a', 'latin1')]],
  'an encoded surrogate': [['MESSAGE', Buffer.from('\xed\xa0\x80', 'latin1')]],
  'an overlong encoding': [['MESSAGE', Buffer.from('\xc0\x80', 'latin1')]],
  'over 4 KiB': [['MESSAGE', `long ${'x'.repeat(5000)}`]],
  'over 64 KiB of binary': [['BLOB', Buffer.alloc(70_000, 0xfe)]],
  'over 64 KiB beyond ASCII': [['MESSAGE', `a${'日'.repeat(30_000)}`]],
  'over 1 MiB': [['MESSAGE', 'y'.repeat(MIB + 1000)]],
  'over 1 MiB once escaped': [['MESSAGE', 'é\n'.repeat(MIB / 8)]],
  'over 1 MiB in many fields': Array.from({ length: 300 }, (_, n) => [`PART_${n}`, 'z'.repeat(4000)]),
  'repeated text': [
    ['TAG', 'a'],
    ['MESSAGE', 'm'],
    ['TAG', 'b'],
    ['TAG', ''],
  ],
  'repeated integers': [
    ['CODE_LINE', '1'],
    ['CODE_LINE', '20000000000000000000001'],
  ],
  'repeated, not all of them integers': [
    ['PRIORITY', '3'],
    ['PRIORITY', 'high'],
  ],
  'repeated, one of them binary': [
    ['TAG', Buffer.from([0xff, 1])],
    ['TAG', 'text'],
  ],
  'a huge integer': [['CODE_LINE', '123456789012345678901234567890123456789012345678901234567890']],
  'integers as Python reads them': [
    ['CODE_LINE', '007'],
    ['PRIORITY', '+6'],
    ['_GID', '-12'],
    ['_PID', ' 5 '],
    ['_AUDIT_ID', '1_000'],
  ],
  'integers that are none': [
    ['CODE_LINE', '12a'],
    ['PRIORITY', ''],
    ['_GID', '1.5'],
    ['_PID', '-'],
    ['_AUDIT_ID', '0x10'],
  ],
  'numbers that stay text': [
    ['_UID', '1000'],
    ['SYSLOG_FACILITY', '3'],
    ['SYSLOG_PID', '9'],
    ['ERRNO', '2'],
    ['SEQ', '1'],
  ],
  'all integers': INTEGER_FIELDS.map((name, n) => [name, `${n + 1}`]),
  ids: [
    ['MESSAGE_ID', 'FC2E22BC6EE647B6B90729AB34A250B1'],
    ['_MACHINE_ID', '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d'],
  ],
  'an id that is none': [['MESSAGE_ID', 'login']],
  times: [
    ['_SOURCE_REALTIME_TIMESTAMP', '1767225600123450'],
    ['COREDUMP_TIMESTAMP', '1767225600000000'],
    ['_SOURCE_MONOTONIC_TIMESTAMP', '77'],
  ],
  'times that are none': [
    ['_SOURCE_REALTIME_TIMESTAMP', 'soon'],
    ['COREDUMP_TIMESTAMP', ''],
  ],
  'small times': [
    ['_SOURCE_REALTIME_TIMESTAMP', '7'],
    ['COREDUMP_TIMESTAMP', '1000000'],
  ],
  'a name with and without underscore': [
    ['PID', 'fake'],
    ['_PID', '42'],
    ['_X', 'trusted'],
    ['X', 'fake'],
  ],
  'a name like the timestamp that is added': [
    ['TIMESTAMP', 'x'],
    ['REALTIME_TIMESTAMP', 'fake'],
  ],
  'names like members of objects': [
    ['CONSTRUCTOR', 'c'],
    ['PROTO__', 'p'],
    ['LENGTH', '1'],
  ],
  'a long name': [[`N${'A'.repeat(63)}`, 'v']],
  'text that looks like the export format': [['MESSAGE', '__CURSOR=s=1\n\n__CURSOR=s=2\nMESSAGE\n']],
};

function* oddEntries(): Generator<EntrySpec> {
  for (const [n, [title, fields]] of Object.entries(odd).entries()) {
    // the first of each three has no fraction of a second
    const realtimeUs = 1_767_225_700_000_000 + n * 1_000_000 + (n % 3) * 10;
    yield { realtimeUs, monotonicUs: 9_000_000_000 + n, bootId: bootIds(3), fields: [...fields, ['ODD', title]] };
  }
}

function* allEntries(): Generator<EntrySpec> {
  yield* generateEntries({ count: 3000, hugeEvery: 1500 });
  yield* oddEntries();
}

test(
  'each entry of a journal full of oddities comes out as it went in, in both formats',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const journal_path = join(place.path, 'journal');
    const specs = [...allEntries()];
    await buildJournal(journal_path, specs);
    const max = { max_entry_bytes: 16 * MIB };
    const senders = {
      pump: max,
      journald: { ...max, format: 'journald' },
      stubs: {},
      tail: { ...max, extra_field_values: { X: [1], MESSAGE: null } },
    };

    const { code, stderr } = await runOnce(place.config({ reader: { journal_path }, senders }));

    assert.equal(code, 0, stderr);
    const cursors = await cursorsOf(journal_path);
    assert.equal(cursors.length, specs.length);
    const [pump, journald, stubs, tail] = await Promise.all(
      Object.keys(senders).map((name) => linesOf(place.output(name))),
    );
    let stubCount = 0;
    for (const [n, spec] of specs.entries()) {
      const fields: Field[] = [['__CURSOR', Buffer.from(cursors[n]!)], ...expectedFields(spec)];
      const title = `entry ${n} (${valueOf(fields, 'ODD') ?? 'generated'})`;
      const expected = expectJournalpump(fields);
      assert.deepEqual(parseExactly(pump![n]!), expected, title);
      assert.deepEqual(parseExactly(journald![n]!), expectJournald(fields), title);
      assert.deepEqual(parseExactly(tail![n]!), { ...expected, X: ['#1'], MESSAGE: null }, title);
      const size = Buffer.byteLength(pump![n]!);
      if (size <= MIB) assert.equal(stubs![n], pump![n], title);
      else {
        stubCount++;
        assert.deepEqual(JSON.parse(stubs![n]!), stubOf(pump![n]!, expected, cursors[n]!), title);
      }
    }
    assert.equal(stubCount, 5);
    assert.match(stderr, /WARN .*stubs: entries over 1048576 bytes of JSON/);
  },
);

test('the journald format means what journalctl -o json --all means', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = join(place.path, 'journal');
  const small = Object.values(odd).filter((fields) => fields.length < 100);
  await buildJournal(journal_path, [...generateEntries({ count: 1000 }), ...oddEntries()]);
  const senders = { out: { format: 'journald', max_entry_bytes: 16 * MIB } };

  const { code, stderr } = await runOnce(place.config({ reader: { journal_path }, senders }));

  assert.equal(code, 0, stderr);
  const options = { maxBuffer: 1 << 28 };
  const { stdout } = await execute('journalctl', ['-D', journal_path, '-o', 'json', '--all', '--no-pager'], options);
  const theirs = stdout.trimEnd().split('\n');
  const ours = await linesOf(place.output());
  assert.equal(ours.length, theirs.length);
  assert.ok(small.length > 30);
  for (const [n, line] of theirs.entries())
    assert.deepEqual(readable(JSON.parse(ours[n]!)), readable(JSON.parse(line)));
});

test('an entry over 16 MiB becomes a stub, and those around it are not touched', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = join(place.path, 'journal');
  const entries = [...generateEntries({ count: 5 })];
  const [first, , third] = [entries[1]!, entries[2]!, entries[3]!];
  entries[1] = {
    ...first,
    fields: [
      ['MESSAGE', 'm'.repeat(17 * MIB)],
      ['SEQ', '1'],
    ],
  };
  entries[3] = {
    ...third,
    fields: [
      ['BLOB', Buffer.alloc(20 * MIB, 0xff)],
      ['SEQ', '3'],
    ],
  };
  await buildJournal(journal_path, entries);
  const senders = { out: { max_entry_bytes: 16 * MIB } };

  const { code, stderr } = await runOnce(place.config({ reader: { journal_path }, senders }));

  assert.equal(code, 0, stderr);
  const lines = (await linesOf(place.output())).map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(({ SEQ }) => SEQ),
    ['0', undefined, '2', undefined, '4'],
  );
  for (const n of [1, 3]) {
    assert.match(String(lines[n]!['error']), /^too large message \d{8,} bytes vs maximum 16777216 bytes$/);
    assert.deepEqual(Object.keys(lines[n]!).sort(), ['__CURSOR', 'error', 'partial_data', 'timestamp']);
    assert.equal(lines[n]!['timestamp'], `2026-01-01T00:00:00.00${n}000`);
  }
});

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').slice(0, -1);
}

async function cursorsOf(directory: string): Promise<string[]> {
  const options = { encoding: 'buffer', maxBuffer: 1 << 28 } as const;
  const { stdout } = await execute('journalctl', ['-D', directory, '-o', 'export', '--output-fields=SEQ'], options);
  return parseExport(stdout).map((fields) => valueOf(fields, '__CURSOR')!);
}

function stubOf(line: string, entry: Readonly<Record<string, unknown>>, cursor: string) {
  return {
    error: `too large message ${Buffer.byteLength(line)} bytes vs maximum ${MIB} bytes`,
    partial_data: line.slice(0, 1024),
    timestamp: entry['timestamp'],
    __CURSOR: cursor,
  };
}

/** journalctl writes text with control characters as an array of bytes: as text again. */
function readable(entry: unknown): Record<string, unknown> {
  const text = (value: unknown): unknown => {
    if (!Array.isArray(value)) return value;
    if (!value.every((each) => typeof each === 'number')) return value.map(text);
    const bytes = Buffer.from(value);
    return bytes.equals(Buffer.from(bytes.toString())) ? bytes.toString() : value;
  };
  return Object.fromEntries(Object.entries(entry as object).map(([name, value]) => [name, text(value)]));
}

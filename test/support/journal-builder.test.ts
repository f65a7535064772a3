import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { generateEntries } from './entries.ts';
import { comparable, encodeExport, expectedFields, parseExport, valueOf } from './export-stream.ts';
import type { EntrySpec } from './export-stream.ts';
import { buildJournal } from './journal-builder.ts';
import { need } from './need.ts';

const exportOf = async (directory: string): Promise<Buffer> => {
  const argv = ['--quiet', '--no-pager', `--directory=${directory}`, '--output=export'];
  const options = { encoding: 'buffer', maxBuffer: 1 << 30 } as const;
  return (await promisify(execFile)('journalctl', argv, options)).stdout;
};

const oneEntry = (fields: EntrySpec['fields']): EntrySpec => ({
  realtimeUs: 1_700_000_000_000_000n,
  monotonicUs: 1_000_000n,
  bootId: 'aaaaaaaa111141118111111111110000',
  fields: [['_MACHINE_ID', '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d'], ...fields],
});

for (const portable of [false, true]) {
  test(`journalctl reads back every field of every generated entry (portable: ${portable})`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using directory = await mkdtempDisposable(join(tmpdir(), 'journal-builder-'));
    const entries = [...generateEntries({ count: 4000, seed: 7, secrets: true, hugeEvery: 2000 })];

    const built = await buildJournal(directory.path, entries, { portable });
    const found = parseExport(await exportOf(directory.path));

    assert.equal(built.count, 4000);
    assert.equal(found.length, 4000);
    for (const [n, entry] of entries.entries()) {
      assert.deepEqual(comparable(found[n]!), comparable(expectedFields(entry)), `entry ${n}`);
    }
  });
}

test('the encoder chooses between text and binary form as journalctl does', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using directory = await mkdtempDisposable(join(tmpdir(), 'journal-builder-'));
  const values = [
    '',
    'a\tb',
    'a=b',
    'ä🚀',
    '\n',
    'x\0',
    '\x1b[0m',
    '\x7f',
    '\x85',
    '\u00a0',
    '\ufdd0',
    '\ufffd',
    '\ufffe',
  ];
  const bytes = [...values, '\u{1ffff}', '\u{10fffe}'].map((value) => Buffer.from(value));
  const others = ['\xe9', '\xed\xa0\x80', '\xc0\x80', '\xef\xbb\xbfbom'].map((value) => Buffer.from(value, 'latin1'));
  const entry = oneEntry([...bytes, ...others].map((value, n) => [`F${n}`, value]));

  await buildJournal(directory.path, [entry]);
  const found = await exportOf(directory.path);

  for (const [name, value] of entry.fields) {
    const encoded = encodeExport({ ...entry, fields: [[name, value]] });
    const field = encoded.subarray(encoded.indexOf(`\n${name}`), -1);
    assert.ok(
      found.includes(field),
      `${name} (${JSON.stringify(value.toString())}) is written otherwise by journalctl`,
    );
  }
});

test('the same options give the same entries, another seed gives others', () => {
  const bytesOf = (seed: number) => Buffer.concat([...generateEntries({ count: 100, seed })].map(encodeExport));

  const first = bytesOf(5);

  assert.deepEqual(bytesOf(5), first);
  assert.notDeepEqual(bytesOf(6), first);
});

test('what was encoded is parsed back', () => {
  const entries = [...generateEntries({ count: 1000, hugeEvery: 500 })];

  const parsed = parseExport(Buffer.concat(entries.map(encodeExport)));

  assert.deepEqual(parsed, entries.map(expectedFields));
  assert.equal(valueOf(parsed[12]!, 'SEQ'), '12');
});

test('an unfinished export text is refused', () => {
  const whole = encodeExport(oneEntry([['A', 'x\ny']]));

  for (let length = 1; length < whole.length; length++) {
    assert.throws(() => parseExport(whole.subarray(0, length)), `cut after ${length} bytes`);
  }
});

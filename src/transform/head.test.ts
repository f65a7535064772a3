import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf, type EntryFields } from '../../test/support/block-of.ts';
import { readHead } from '../senders/heads.ts';
import { ByteWriter } from './byte-writer.ts';
import { Encoder } from './encode.ts';

const REALTIME = { __REALTIME_TIMESTAMP: '1700000000123456' };

function encoded(entries: readonly EntryFields[], head: string[], extraFields: Record<string, unknown> = {}) {
  const encoder = new Encoder({ format: 'journalpump', extraFields, maxEntryBytes: 1024, head });
  const block = blockOf(...entries);
  const out = new ByteWriter();
  const ends = Uint32Array.from(entries, (_, i) => {
    encoder.encode(block, i, out);
    return out.length;
  });
  return { bytes: out.bytes.subarray(0, out.length), ends };
}

function headsOf(entries: readonly EntryFields[], head: string[], extraFields: Record<string, unknown> = {}) {
  const batch = encoded(entries, head, extraFields);
  return entries.map((_, i) => readHead(batch, i));
}

test('each payload comes with its cursor, its time and the fields asked for', () => {
  const [a, b] = headsOf(
    [
      { __CURSOR: 's=1;i=1', ...REALTIME, _SYSTEMD_UNIT: 'a.service', MESSAGE: 'm' },
      { __CURSOR: 's=1;i=2', ...REALTIME, MESSAGE: 'n' },
    ],
    ['SYSTEMD_UNIT', 'MESSAGE'],
  );

  assert.deepEqual([a!.cursor, a!.realtimeUs, a!.values], ['s=1;i=1', 1_700_000_000_123_456, ['a.service', 'm']]);
  assert.deepEqual(b!.values, [null, 'n']);
});

test('what follows the head is the entry as it is without one', () => {
  const entries = [
    { ...REALTIME, MESSAGE: 'a' },
    { ...REALTIME, MESSAGE: 'b', X: '"\n' },
    { ...REALTIME, MESSAGE: 'é'.repeat(2000) },
  ];
  const batch = encoded(entries, ['MESSAGE']);
  const encoder = new Encoder({ format: 'journalpump', extraFields: {}, maxEntryBytes: 1024 });

  entries.forEach((entry, i) => {
    const plain = new ByteWriter();
    encoder.encode(blockOf(entry), 0, plain);
    const { start, end } = readHead(batch, i);
    assert.equal(batch.bytes.toString('utf8', start, end), plain.bytes.toString('utf8', 0, plain.length));
  });
});

test('a trusted field wins, the first of a repeated one, and an extra field before all', () => {
  const [head] = headsOf([{ PID: 'forged', _PID: '7', A: ['one', 'two'], B: 'b', C: 'c' }], ['PID', 'A', 'B', 'C'], {
    B: 5,
    C: { no: 'text' },
  });

  assert.deepEqual(head!.values, ['7', 'one', '5', 'c']);
});

test('odd values are still one line of JSON', () => {
  const [head] = headsOf(
    [{ A: 'a"\\\n\t', B: Buffer.from([0xff, 0x41]), C: 'é€', D: '', E: 'x'.repeat(5000) }],
    ['A', 'B', 'C', 'D', 'E'],
  );

  assert.deepEqual(head!.values.slice(0, 4), ['a"\\\n\t', '\ufffdA', 'é€', '']);
  assert.equal(head!.values[4]!.length, 4096);
});

test('a time is told exactly, however it is written in the journal', () => {
  for (const [text, wanted] of [
    ['1700000000123456', 1_700_000_000_123_456],
    ['0017', 17],
    ['0', 0],
    ['', 0],
    ['99999999999999999999', 1e20],
    ['no number', 0],
  ] as const) {
    const [head] = headsOf([{ __CURSOR: 'c', __REALTIME_TIMESTAMP: text, A: 'a' }], ['A']);
    const [plain] = headsOf([{ __CURSOR: 'c', __REALTIME_TIMESTAMP: text, A: 'a' }], []);

    assert.equal(head!.realtimeUs, wanted);
    assert.equal(plain!.realtimeUs, wanted);
  }
});

test('a head is read whatever its cursor looks like', () => {
  for (const cursor of ['', 'é', 'a"b', 'a\\', '\\"', 's=1;i=2', '",7]'])
    for (const values of [[], ['v'], [null, '",1]']] as const) {
      const head = Buffer.from(`${JSON.stringify([cursor, 12, ...values])}\n{}\n`);

      const { start, end, ...read } = readHead({ bytes: head, ends: Uint32Array.of(head.length) }, 0);

      assert.deepEqual(read, { cursor, realtimeUs: 12, values: [...values] });
      assert.equal(head.toString('utf8', start, end), '{}\n');
    }
});

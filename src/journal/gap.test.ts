import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportText, parseExport, valueOf } from '../../test/support/export-stream.ts';
import { generateEntries } from '../../test/support/entries.ts';
import { FakeJournalctl } from '../../test/support/fake-journalctl.ts';
import { createLog } from '../telemetry/log.ts';
import { findGap, reportGap } from './gap.ts';
import { probeJournalctl } from './probe.ts';

const selection = { journal_flags: [], units_to_match: ['nginx.service'] };
const entries = [...generateEntries({ count: 100 })];
const text = exportText(entries);
const cursors = parseExport(text).map((fields) => valueOf(fields, '__CURSOR')!);
const iso = (n: number) => new Date(Number(entries[n]!.realtimeUs) / 1000).toISOString();

/** A journal of which only the entries from `first` on are left. */
async function journalFrom(first: number) {
  const records = parseExport(text).slice(first);
  const left = records.map((fields) =>
    Buffer.concat([
      ...fields.map(([name, value]) => {
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(value.length));
        if (!value.includes(0x0a)) return Buffer.concat([Buffer.from(`${name}=`), value, Buffer.from('\n')]);
        return Buffer.concat([Buffer.from(`${name}\n`), length, value, Buffer.from('\n')]);
      }),
      Buffer.from('\n'),
    ]),
  );
  return FakeJournalctl.create(Buffer.concat(left));
}

test('an entry that is there, but no longer selected, is no gap', async () => {
  await using journal = await journalFrom(0);
  const capabilities = await probeJournalctl(journal.path);

  const gap = await findGap(selection, capabilities, { wanted: cursors[10]!, found: cursors[15]! });

  assert.equal(gap, undefined);
});

test('an entry that is gone begins a gap, which ends with the first entry of whatever unit', async () => {
  await using journal = await journalFrom(40);
  const capabilities = await probeJournalctl(journal.path);

  const gap = await findGap(selection, capabilities, { wanted: cursors[10]!, found: cursors[45]! });

  assert.deepEqual(
    { from: gap?.from, to: gap?.to, entries: gap?.entries },
    { from: iso(10), to: iso(40), entries: 29 },
  );
});

test('where only the entry itself is gone, nothing is missing', async () => {
  await using journal = await journalFrom(11);
  const capabilities = await probeJournalctl(journal.path);

  const gap = await findGap(selection, capabilities, { wanted: cursors[10]!, found: cursors[15]! });

  assert.equal(gap, undefined);
});

test('a gap is found before an entry of the selection comes that would show it', async () => {
  await using journal = await journalFrom(40);
  const capabilities = await probeJournalctl(journal.path);

  const gap = await findGap(selection, capabilities, { wanted: cursors[10]!, found: undefined });

  assert.equal(gap?.entries, 29);
});

test('entries of another sequence cannot be counted', async () => {
  await using journal = await journalFrom(40);
  const capabilities = await probeJournalctl(journal.path);
  const wanted = cursors[10]!.replace(/^s=0123/, 's=ffff');

  const gap = await findGap(selection, capabilities, { wanted, found: cursors[40]! });

  assert.deepEqual(
    { from: gap?.from, to: gap?.to, entries: gap?.entries },
    { from: iso(10), to: iso(40), entries: null },
  );
});

for (const { entries: count, sentence } of [
  { entries: 29, sentence: '29 entries between A and B can no longer be read: why.' },
  { entries: null, sentence: 'entries between A and B can no longer be read: why.' },
]) {
  test(`a gap of ${String(count)} entries is an error`, () => {
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line), journalStyle: true });

    reportGap(log, { kind: 'vacuumed', from: 'A', to: 'B', entries: count, why: 'why', noticed: 'N' });

    assert.deepEqual(lines, [`<3>${sentence}\n`]);
  });
}

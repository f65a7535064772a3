import assert from 'node:assert/strict';
import { mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateEntries } from '../../test/support/entries.ts';
import { exportText, parseExport, valueOf } from '../../test/support/export-stream.ts';
import { FakeJournalctl } from '../../test/support/fake-journalctl.ts';
import type { Gap } from '../journal/gap.ts';
import { probeJournalctl } from '../journal/probe.ts';
import { emptyReader, type StoredReader } from '../state/stored.ts';
import { createLog } from '../telemetry/log.ts';
import { GapRecord } from './gap-record.ts';

const entries = [...generateEntries({ count: 300 })];
const cursors = parseExport(exportText(entries)).map((fields) => valueOf(fields, '__CURSOR')!);

/** The header of a journal file with the entries 1 to 10 of the sequence aaa…. */
function header(): Buffer {
  const bytes = Buffer.alloc(264);
  bytes.write('LPKSHHRH', 'latin1');
  bytes.fill(0xaa, 72, 88);
  for (const [at, value] of [
    [88, 264n],
    [152, 10n],
    [160, 10n],
    [168, 1n],
    [184, 1_000_000_000_000_000n],
    [192, 1_000_000_001_000_000n],
  ] as const) {
    bytes.writeBigUInt64LE(value, at);
  }
  return bytes;
}

/** A record over a journal of the entries. */
async function makeBed({ selection = {}, stored = emptyReader() }: { selection?: object; stored?: StoredReader } = {}) {
  const journal = await FakeJournalctl.create(entries);
  const lines: string[] = [];
  let touched = 0;
  const record = new GapRecord({
    selection: { journal_flags: [], units_to_match: [], ...selection },
    capabilities: await probeJournalctl(journal.path),
    log: createLog({ write: (line) => lines.push(line), journalStyle: true }),
    stored,
    touch: () => touched++,
  });
  return {
    record,
    lines,
    gaps: () => (stored.gaps ?? []) as Gap[],
    touched: () => touched,
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

const suspect = true;

test('a hole that journalctl had to wait for is said, counted and kept', async () => {
  await using bed = await makeBed();

  bed.record.skipped({ before: cursors[3]!, after: cursors[7]! }, suspect);
  await bed.record.settled();

  assert.match(bed.lines.join(''), /^<3>3 entries between \S+ and \S+ can no longer be read: .*vacuumed.*\.\n$/);
  assert.equal(bed.record.counts.vacuumed, 1);
  assert.equal(bed.touched(), 1);
  const [gap] = bed.gaps();
  assert.deepEqual([gap?.kind, gap?.entries], ['vacuumed', 3]);
  assert.ok(Date.parse(gap?.noticed ?? '') <= Date.now());
});

test('a hole that nobody expects may have honest reasons: it is none', async () => {
  await using bed = await makeBed();

  bed.record.skipped({ before: cursors[3]!, after: cursors[7]! }, !suspect);
  await bed.record.settled();

  assert.deepEqual([bed.gaps(), bed.lines], [[], []]);
});

test('a hole of what a file held that has been removed is a gap, whether it was expected or not', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'gaps-'));
  const file = join(folder.path, 'system.journal');
  await writeFile(file, header());
  await using bed = await makeBed({ selection: { journal_path: folder.path } });
  const cursor = (number: number, sequence: string) =>
    `s=${sequence.repeat(32)};i=${number.toString(16)};b=${'c'.repeat(32)};m=1;t=38d7ea4c68000;x=1`;
  await bed.record.watch();
  await rm(file);

  bed.record.skipped({ before: cursor(2, 'a'), after: cursor(20, 'a') }, !suspect);
  bed.record.skipped({ before: cursor(2, 'b'), after: cursor(20, 'b') }, !suspect);
  bed.record.skipped({ before: cursor(11, 'a'), after: cursor(20, 'a') }, !suspect);
  await bed.record.settled();

  assert.deepEqual(
    bed.gaps().map(({ kind, entries }) => [kind, entries]),
    [['vacuumed', 17]],
  );
});

test('an entry that is still there is no gap', async () => {
  await using bed = await makeBed();

  bed.record.displaced(cursors[3]!, cursors[7]);
  await bed.record.settled();

  assert.deepEqual([bed.gaps(), bed.lines], [[], []]);
});

test('only the last hundred gaps are kept, all are counted, also across restarts', async () => {
  const stored = { ...emptyReader(), gap_counts: { vacuumed: 5, of_later: 1 } };
  await using bed = await makeBed({ stored });

  for (let n = 0; n < 120; n++) bed.record.skipped({ before: cursors[n]!, after: cursors[n + 2]! }, suspect);
  await bed.record.settled();

  assert.equal(bed.record.counts.vacuumed, 120);
  assert.deepEqual(stored.gap_counts, { vacuumed: 125, of_later: 1 });
  assert.equal(bed.gaps().length, 100);
  assert.equal(bed.gaps()[0]!.from, new Date(Number(entries[20]!.realtimeUs) / 1000).toISOString());
});

for (const { title, selection, unit, isTold } of [
  { title: 'of any unit', selection: {}, unit: 'a.service', isTold: true },
  {
    title: 'of a unit that is selected',
    selection: { units_to_match: ['a.service'] },
    unit: 'a.service',
    isTold: true,
  },
  { title: 'of another unit', selection: { units_to_match: ['b.service'] }, unit: 'a.service', isTold: false },
  { title: 'of an excluded unit', selection: { units_to_exclude: ['a*'] }, unit: 'a.service', isTold: false },
]) {
  test(`entries ${title} that journald suppressed are ${isTold ? 'a gap, once' : 'no gap'}`, async () => {
    await using bed = await makeBed({ selection });
    const loss = { kind: 'suppressed', realtimeUs: 1e15, entries: 263, unit } as const;

    bed.record.lost(loss);
    bed.record.lost(loss);
    await bed.record.settled();

    assert.equal(bed.gaps().length, isTold ? 1 : 0);
    assert.equal(bed.record.counts.suppressed, isTold ? 1 : 0);
    if (!isTold) return;
    assert.match(
      bed.lines.join(''),
      /^<3>263 entries of a\.service before 2001-\S+ never got into the journal: .*RateLimit/,
    );
  });
}

for (const { title, name, bytes, from, entries: count } of [
  { title: 'with a header', name: 'system.journal', bytes: header(), from: '2001-09-09T01:46:40.000Z', entries: 10 },
  {
    title: 'without a header, but with a name that tells',
    name: `system@${'a'.repeat(32)}-0000000000000001-00038d7ea4c68000.journal`,
    bytes: Buffer.alloc(500, 'x'),
    from: '2001-09-09T01:46:40.000Z',
    entries: null,
  },
  { title: 'of which nothing is known', name: 'system.journal', bytes: Buffer.alloc(0), from: null, entries: null },
]) {
  test(`a file that is left out, ${title}, is one gap, also after a restart`, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'gaps-'));
    const path = join(folder.path, name);
    await writeFile(path, bytes);
    const stored = emptyReader();
    const why = `journalctl says "Journal file ${path} corrupted, ignoring file."`;

    for (let run = 0; run < 2; run++) {
      await using bed = await makeBed({ stored });
      for (let n = 0; n < 2; n++) bed.record.fileIgnored({ path, why, isTold: false }, { kind: 'head' });
      await bed.record.settled();
      assert.equal(bed.lines.length, run === 0 ? 1 : 0);
    }

    const [gap, ...more] = stored.gaps as Gap[];
    assert.deepEqual([gap?.kind, gap?.file, gap?.from, gap?.entries], ['unreadable_file', path, from, count]);
    assert.deepEqual(more, []);
  });
}

test('a file whose entries all come before the place to begin is no gap', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'gaps-'));
  const path = join(folder.path, 'system.journal');
  await writeFile(path, header());
  await using bed = await makeBed();

  bed.record.fileIgnored({ path, why: 'w', isTold: false }, { kind: 'since', realtimeUs: 2e15 });
  await bed.record.settled();

  assert.deepEqual(bed.gaps(), []);
  assert.match(bed.lines.join(''), /^<4>\S+ is left out, but all its entries are from before/);
});

test('a hole in numbers that a file says it holds is damage, told once for the file', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'gaps-'));
  const file = join(folder.path, 'system.journal');
  await writeFile(file, header());
  await using bed = await makeBed({ selection: { journal_path: folder.path } });
  const at = (n: number) => `s=${'a'.repeat(32)};i=${n.toString(16)};b=${'b'.repeat(32)};m=1;t=38d7ea4c6800${n};x=1`;

  bed.record.skipped({ before: at(2), after: at(4) }, !suspect);
  bed.record.skipped({ before: at(5), after: at(9) }, !suspect);
  await bed.record.settled();

  const [gap, ...more] = bed.gaps();
  assert.deepEqual([gap?.kind, gap?.file, gap?.entries, more], ['damaged', file, 4, []]);
  assert.match(bed.lines.join(''), /^<3>4 entries between \S+ and \S+ cannot be read: .*is damaged.*--verify/);
});

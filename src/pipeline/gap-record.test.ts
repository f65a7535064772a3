import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateEntries } from '../../test/support/entries.ts';
import { exportText, parseExport, valueOf } from '../../test/support/export-stream.ts';
import { FakeJournalctl } from '../../test/support/fake-journalctl.ts';
import { probeJournalctl } from '../journal/probe.ts';
import { emptyReader } from '../state/stored.ts';
import { createLog } from '../telemetry/log.ts';
import { GapRecord } from './gap-record.ts';

const entries = [...generateEntries({ count: 300 })];
const cursors = parseExport(exportText(entries)).map((fields) => valueOf(fields, '__CURSOR')!);

/** A record over a journal of which only the entries from `first` on are left. */
async function makeBed(first = 0) {
  const journal = await FakeJournalctl.create(entries.slice(first));
  const lines: string[] = [];
  const stored = emptyReader();
  let touched = 0;
  const record = new GapRecord({
    selection: { journal_flags: [], units_to_match: [] },
    capabilities: await probeJournalctl(journal.path),
    log: createLog({ write: (line) => lines.push(line), journalStyle: true }),
    stored,
    touch: () => touched++,
  });
  return { record, lines, stored, touched: () => touched, [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose]() };
}

test('a hole is said, counted and kept', async () => {
  await using bed = await makeBed();

  bed.record.skipped({ before: cursors[3]!, after: cursors[7]! });

  assert.match(bed.lines.join(''), /^<3>3 entries between \S+ and \S+ can no longer be read: .*vacuumed.*\.\n$/);
  assert.equal(bed.record.count, 1);
  assert.equal(bed.touched(), 1);
  assert.equal((bed.stored.gaps as { entries: number }[])[0]!.entries, 3);
});

test('an entry that is still there is no gap', async () => {
  await using bed = await makeBed();

  bed.record.displaced(cursors[3]!, cursors[7]!);
  await bed.record.settled();

  assert.deepEqual([bed.record.count, bed.lines, bed.stored.gaps], [0, [], undefined]);
});

test('only the last hundred gaps are kept, all are counted', async () => {
  await using bed = await makeBed();

  for (let n = 0; n < 120; n++) bed.record.skipped({ before: cursors[n]!, after: cursors[n + 2]! });

  assert.equal(bed.record.count, 120);
  const gaps = bed.stored.gaps as { from: string }[];
  assert.equal(gaps.length, 100);
  assert.equal(gaps[0]!.from, new Date(Number(entries[20]!.realtimeUs) / 1000).toISOString());
});

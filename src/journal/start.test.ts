import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootIds } from '../../test/support/vocabulary.ts';
import { generateEntries } from '../../test/support/entries.ts';
import { FakeJournalctl } from '../../test/support/fake-journalctl.ts';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { need } from '../../test/support/need.ts';
import { probeJournalctl } from './probe.ts';
import { resolveStart } from './start.ts';

const plain = { journal_flags: [], units_to_match: [] };
/** When the boots of a journal of 3000 entries began: 5 s before their first entries. */
const bootStartUs = (boot: number) => 1_767_225_600_000_000 + boot * 1000 * 1000 - 5_000_000;

test('head needs no journal', async () => {
  await using fake = await FakeJournalctl.create([]);
  const capabilities = await probeJournalctl(fake.path);

  assert.deepEqual(await resolveStart('head', plain, capabilities), { kind: 'head' });
});

test('tail is now', async () => {
  await using fake = await FakeJournalctl.create([]);
  const capabilities = await probeJournalctl(fake.path);
  const before = Date.now() * 1000;

  const start = await resolveStart('tail', plain, capabilities);

  assert.ok(start.kind === 'since' && start.realtimeUs >= before && start.realtimeUs <= Date.now() * 1000);
});

test('seconds count from the boot that runs, as the journal has it', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const capabilities = await probeJournalctl('journalctl');
  const selection = { ...plain, journal_path: await cachedJournal({ count: 3000 }) };

  const start = await resolveStart(7, selection, { ...capabilities, bootId: bootIds(1) });

  assert.deepEqual(start, { kind: 'since', realtimeUs: bootStartUs(1) + 7_000_000 });
});

test('in a journal from elsewhere they count from its last boot', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const capabilities = await probeJournalctl('journalctl');
  const selection = { ...plain, journal_path: await cachedJournal({ count: 3000 }) };

  const start = await resolveStart(6, selection, capabilities);

  assert.deepEqual(start, { kind: 'since', realtimeUs: bootStartUs(2) + 6_000_000 });
});

test('what an earlier boot logged is left out, also where its clock was ahead', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const capabilities = await probeJournalctl('journalctl');
  const selection = { ...plain, journal_path: await cachedJournal({ count: 3000 }) };

  const start = await resolveStart(0, selection, capabilities); // 5 s before the boot's first entry; another boot logs then

  assert.deepEqual(start, { kind: 'since', realtimeUs: bootStartUs(2) + 5_000_000 });
});

test('without a journal they count from the start of this machine', async () => {
  await using fake = await FakeJournalctl.create([]);
  const capabilities = await probeJournalctl(fake.path);
  const began = Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n);

  const start = await resolveStart(60, plain, capabilities);

  assert.ok(start.kind === 'since');
  assert.ok(Math.abs(start.realtimeUs - began - 60_000_000) < 1_000_000, String(start.realtimeUs - began));
});

test('the fake and the real journalctl give the same start', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using fake = await FakeJournalctl.create(generateEntries({ count: 3000 }));
  const selection = { ...plain, journal_path: await cachedJournal({ count: 3000 }) };

  const starts = [];
  for (const path of ['journalctl', fake.path]) {
    starts.push(await resolveStart(1, selection, { ...(await probeJournalctl(path)), bootId: bootIds(2) }));
  }

  assert.deepEqual(starts[0], starts[1]);
});

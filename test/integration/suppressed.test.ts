import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Gap } from '../../src/journal/gap.ts';
import { LOSS_MESSAGE_IDS } from '../../src/journal/losses.ts';
import type { CommandLine } from '../support/child.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import type { EntrySpec } from '../support/export-stream.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { Journald } from '../support/journald.ts';
import { readJsonLines } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { bootIds } from '../support/vocabulary.ts';
import { Place } from './place.ts';

const FLOOD = 300;

const whitelist = { field_filters: { few: { type: 'whitelist', fields: ['message'] } } };
const cases: readonly { title: string; reader?: object; sender?: object; top?: object; lines: boolean }[] = [
  { title: 'of all units', lines: true },
  { title: 'of important entries', reader: { min_priority: 'warning' }, lines: false },
  {
    title: 'of important entries of that unit',
    reader: { units_to_match: ['flood.service'], min_priority: 3 },
    lines: false,
  },
  { title: 'with whitelists', sender: { field_filter: 'few' }, top: whitelist, lines: true },
  {
    title: 'with whitelists, of important entries',
    reader: { min_priority: 4, ship_own_logs: true },
    sender: { field_filter: 'few' },
    top: whitelist,
    lines: false,
  },
];

/** The gaps that the state file tells of by now. */
async function gapsOf(place: Place): Promise<readonly Gap[]> {
  const stored = await place.state().catch(() => undefined);
  return (stored?.readers['sys']?.gaps ?? []) as Gap[];
}

for (const { title, reader = {}, sender = {}, top = {}, lines } of cases) {
  test(
    `what journald suppresses is a gap of a reader ${title}, with its size and unit`,
    { timeout: 180_000 },
    async (t) => {
      if (!need(t, 'private journald')) return;
      await using place = await Place.make();
      await using journald = await Journald.start({ conf: ['RateLimitIntervalSec=1s', 'RateLimitBurst=10'] });
      const inside = (...line: CommandLine) => journald.commandLine(...line);
      const source = { identifier: 'flood', unit: 'flood.service' };
      await using daemon = await Daemon.start(place.config({ reader, senders: { out: sender }, top }), { inside });
      await daemon.waitForLog(/started/);

      await journald.writeLines(
        Array.from({ length: FLOOD }, (_, n) => `line ${n}`),
        source,
      );
      // journald tells of it at the unit's first line after each interval, and a slow machine takes more than one for the flood
      const told = async () => (await gapsOf(place)).reduce((sum, { entries }) => sum + (entries ?? 0), 0);
      await daemon.waitFor(async () => {
        await journald.writeLines(['and on'], source);
        return (await told()) > FLOOD / 4;
      }, 'the gap');

      await daemon.waitForLog(
        /ERROR sys: \d+ entries of flood\.service before \S+ never got into the journal: .*RateLimit/,
      );
      await daemon.stop();
      const gaps = await gapsOf(place);
      assert.deepEqual(
        new Set(gaps.map(({ kind, unit }) => `${kind} ${unit ?? ''}`)),
        new Set(['suppressed flood.service']),
      );
      const shipped = (await readJsonLines(place.output())).map(({ MESSAGE }) => String(MESSAGE));
      assert.equal(
        shipped.some((text) => text.startsWith('line ')),
        lines,
      );
      if (Object.keys(reader).length > 0)
        assert.ok(!shipped.some((text) => text.startsWith('Suppressed')), 'not selected');
    },
  );
}

const time = (n: number) => ({
  realtimeUs: 1_767_225_600_000_000 + n * 1000,
  monotonicUs: 9_000_000 + n,
  bootId: bootIds(1),
});
const told = (n: number, id: string, ...more: [string, string][]): EntrySpec => ({
  ...time(n),
  fields: [
    ['_TRANSPORT', 'driver'],
    ['MESSAGE_ID', id],
    ['PRIORITY', '6'],
    ['_SYSTEMD_UNIT', 'systemd-journald.service'],
    ...more,
  ],
});
const { suppressed, kernel_missed } = LOSS_MESSAGE_IDS;
const losses: readonly EntrySpec[] = [
  {
    ...time(0),
    fields: [
      ['MESSAGE', 'first'],
      ['_SYSTEMD_UNIT', 'a.service'],
      ['PRIORITY', '3'],
    ],
  },
  told(1, kernel_missed, ['MESSAGE', 'Missed 17 kernel messages']),
  told(
    2,
    suppressed,
    ['MESSAGE', 'Suppressed 5 messages from a.service'],
    ['N_DROPPED', '5'],
    ['OBJECT_SYSTEMD_UNIT', 'a.service'],
  ),
  told(3, suppressed, ['MESSAGE', 'Suppressed 6 messages from b.service'], ['N_DROPPED', '6']),
  {
    ...time(4),
    fields: [
      ['MESSAGE', 'a lie'],
      ['MESSAGE_ID', suppressed],
      ['N_DROPPED', '7'],
      ['OBJECT_SYSTEMD_UNIT', 'a.service'],
      ['_TRANSPORT', 'journal'],
      ['_SYSTEMD_UNIT', 'liar.service'],
    ],
  },
  told(5, 'f77379a8490b408bbe5f6940505a777b', ['MESSAGE', 'Journal started']),
  {
    ...time(6),
    fields: [
      ['MESSAGE', 'last'],
      ['_SYSTEMD_UNIT', 'a.service'],
      ['PRIORITY', '3'],
    ],
  },
];

for (const { title, reader, sender = {}, gaps, shipped } of [
  {
    title: 'a reader of all units',
    reader: {},
    gaps: ['kernel_missed 17', 'suppressed 5 a.service', 'suppressed 6 b.service'],
    shipped: 7,
  },
  {
    title: 'a reader whose senders have whitelists asks for the rest',
    reader: {},
    sender: { field_filter: 'few' },
    gaps: ['kernel_missed 17', 'suppressed 5 a.service', 'suppressed 6 b.service'],
    shipped: 7,
  },
  {
    title: 'a reader of important entries whose senders have whitelists asks for the rest',
    reader: { min_priority: 5 },
    sender: { field_filter: 'few' },
    gaps: ['kernel_missed 17', 'suppressed 5 a.service', 'suppressed 6 b.service'],
    shipped: 2,
  },
  {
    title: 'a reader of one unit hears of that unit',
    reader: { units_to_match: ['a.service'] },
    gaps: ['suppressed 5 a.service'],
    shipped: 2,
  },
  {
    title: 'a reader that excludes a unit which it names does not hear of it',
    reader: { units_to_match: ['a.service', 'b.service'], units_to_exclude: ['a*'] },
    gaps: ['suppressed 6 b.service'],
    shipped: 0,
  },
  {
    title: 'a reader of important entries hears of all',
    reader: { min_priority: 5, units_to_exclude: ['b*'] },
    gaps: ['kernel_missed 17', 'suppressed 5 a.service'],
    shipped: 2,
  },
  {
    title: 'a reader of journald itself ships what it says',
    reader: { units_to_match: ['systemd-journald.service'] },
    gaps: [],
    shipped: 4,
  },
  {
    title: 'a reader whose units are all excluded hears nothing',
    reader: { units_to_match: ['a'], units_to_exclude: ['a'] },
    gaps: [],
    shipped: 0,
  },
]) {
  test(`${title}; a restart tells nothing again, and what is read is as before`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const journal_path = join(place.path, 'journal');
    await buildJournal(journal_path, losses);
    const config = place.config({ reader: { journal_path, ...reader }, senders: { out: sender }, top: whitelist });

    const first = await runOnce(config);
    const again = await runOnce(config);

    assert.deepEqual([first.code, again.code], [0, 0], first.stderr);
    const stored = (await place.state()).readers['sys']!;
    assert.deepEqual(
      ((stored.gaps ?? []) as Gap[]).map(({ kind, entries, unit = '' }) => `${kind} ${entries} ${unit}`.trim()),
      gaps,
    );
    assert.equal(stored.senders['out']!.sent.count, shipped);
    assert.doesNotMatch(again.stderr, /ERROR/);
  });
}

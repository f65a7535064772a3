import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Figure, Spread, Table } from '../measure.ts';
import { MEASURES } from '../measures/all.ts';
import type { Report } from '../support/report.ts';
import { shownResult, type Result } from '../support/results.ts';
import { chartOf } from './chart.ts';
import { PAGE_FILES, pageOf } from './page.ts';

const MACHINE = {
  cpu: 'Test CPU',
  cores: 2,
  memoryGb: 8,
  kernel: '6.1',
  distribution: 'Debian 12',
  fileSystem: 'ext4',
};

function resultOf(...measures: readonly Partial<Report>[]): Result {
  const date = '2026-02-03T04:05:06.000Z';
  const missing = { title: '', date, entries: 200_000, count: 3, seconds: 60, rounds: [] };
  const reports = measures.map((each): Report => ({ name: 'idle', load: [0.25, 1], figures: [], ...missing, ...each }));
  return { date, machine: MACHINE, versions: { journalbridge: 'abc1234', node: 'v26' }, measures: reports };
}

const spreadOf = (value: number): Spread => ({ value, range: [value - 1, value + 1] });

const PEERS: Table = {
  head: ['', 'Entries/s', 'CPU s per million', 'Memory of its own, MB', 'Resident, MB'],
  better: ['', 'more', 'less', 'less', 'less'],
  rows: [
    ['journalbridge', spreadOf(100_000), spreadOf(12), spreadOf(45), spreadOf(300)],
    ['rsyslog', spreadOf(20_000), spreadOf(46), spreadOf(18), spreadOf(300)],
    ['journalctl -o <x>', spreadOf(150_000), spreadOf(6), spreadOf(1), spreadOf(300)],
  ],
};

const MISSED: Figure = { name: 'wall over the floor', value: 1.5, unit: '×', target: { atMost: 1.25 } };

test('docs/performance.md and its picture are what the newest result gives', async () => {
  const result = await shownResult();
  assert.ok(result !== undefined, 'there is no result in bench/results');

  const [page, picture] = await Promise.all([readFile(PAGE_FILES.page, 'utf8'), readFile(PAGE_FILES.picture, 'utf8')]);

  const advice = 'is stale or was edited: run "npm run docs"';
  assert.equal(page, await pageOf(result), `docs/performance.md ${advice}`);
  const peers = result.measures.find(({ name }) => name === 'peers');
  assert.equal(picture, chartOf(peers), `docs/performance.svg ${advice}`);
});

test('the page has a place for each measure', async () => {
  const template = await readFile(join(import.meta.dirname, 'template.md'), 'utf8');

  for (const { name } of MEASURES) assert.ok(template.includes(`\n{{${name}}}\n`), name);
});

test('a table has medians, what the rounds lay between, and how it was taken', async () => {
  const page = await pageOf(resultOf({ name: 'peers', table: PEERS, figures: [MISSED] }));

  assert.ok(page.includes('| rsyslog | 20,000 (19,999 to 20,001) | 46 (45 to 47) |'));
  assert.ok(page.includes('_3 rounds with 200,000 entries, load 0.25 before and 1 after, 60 s, 2026-02-03._'));
  assert.doesNotMatch(page, /\{\{/);
});

test('the page says who is better than we, and which wishes are not met', async () => {
  const page = await pageOf(resultOf({ name: 'peers', table: PEERS, figures: [MISSED] }));

  assert.ok(page.includes('- **Memory of its own, MB**: journalbridge 45, but rsyslog 18, journalctl -o <x> 1.'));
  assert.ok(page.includes('- **Entries/s**: journalbridge 100,000, but journalctl -o <x> 150,000.'));
  assert.doesNotMatch(page, /\*\*Resident, MB\*\*/);
  assert.ok(page.includes('- peers: wall over the floor is 1.50 ×, wanted at most 1.25.'));
});

test('what was not measured is told with its reason', async () => {
  const page = await pageOf(resultOf({ name: 'crash', failure: 'apt-get failed' }));

  assert.ok(page.includes('## kill -9 in the middle\n\nNot measured: apt-get failed.'));
  assert.ok(page.includes('Into Kafka, likewise:\n\nNot measured.'));
});

test('a busy machine is told at the top', async () => {
  const quiet = await pageOf(resultOf({ name: 'idle', load: [1.5, 2], figures: [MISSED] }));
  const busy = await pageOf(resultOf({ name: 'idle', load: [9, 2], figures: [MISSED] }));

  assert.doesNotMatch(quiet, /busy/);
  assert.match(busy, /busy with something else\*\* before these measures, so do not trust their times: idle\./);
});

test('the picture has a bar for each shipper in each panel, names escaped', () => {
  const [peers] = resultOf({ name: 'peers', table: PEERS }).measures;

  const picture = chartOf(peers);

  assert.equal(picture.match(/<rect /g)?.length, 9);
  assert.equal(picture.match(/class="own-bar"/g)?.length, 3);
  assert.ok(picture.includes('>journalctl -o &lt;x&gt;</text>'));
  assert.ok(picture.includes('>entries per second</text>'));
});

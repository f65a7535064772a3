import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Daemon, runOnce } from '../support/daemon.ts';
import { generateEntries, randomFrom } from '../support/entries.ts';
import { exportText } from '../support/export-stream.ts';
import type { EntrySpec } from '../support/export-stream.ts';
import { FakeJournalctl } from '../support/fake-journalctl.ts';
import { buildJournal } from '../support/journal-builder.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, readJsonLines, sequenceOf } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { bootIds } from '../support/vocabulary.ts';
import { Place } from './place.ts';

const execute = promisify(execFile);
const COUNT = 3000;
const complete = { missing: [], duplicates: 0, seams: [], skips: [] };

/** What a reader with these keys ships of the journal: the entries' numbers. */
async function shipped(t: TestContext, reader: object, top: object = {}): Promise<number[]> {
  await using place = await Place.make();
  const journal_path = await cachedJournal({ count: COUNT });
  const { code, stderr } = await runOnce(place.config({ reader: { journal_path, ...reader }, top }));
  assert.equal(code, 0, stderr);
  t.diagnostic(`${(await readJsonLines(place.output())).length} entries`);
  return sequenceOf(await readJsonLines(place.output()));
}

/** The numbers of the generated entries that the predicate likes. */
function numbersWhere(isWanted: (fields: ReadonlyMap<string, string[]>) => boolean): number[] {
  const numbers: number[] = [];
  for (const [n, { fields }] of [...generateEntries({ count: COUNT })].entries()) {
    const map = new Map<string, string[]>();
    for (const [name, value] of fields) map.set(name, [...(map.get(name) ?? []), value.toString()]);
    if (isWanted(map)) numbers.push(n);
  }
  return numbers;
}

const one = (fields: ReadonlyMap<string, string[]>, name: string) => fields.get(name)?.[0];

for (const units of [
  ['nginx.service'],
  ['nginx.service', 'ssh.service', 'app@1.service'],
  ['nginx'],
  ['app@*.service'],
]) {
  test(`units_to_match ${units.join(', ')} means the same as plain matches`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    const matches = units.map((unit) => `_SYSTEMD_UNIT=${unit}`);
    const args = ['-q', '-D', await cachedJournal({ count: COUNT }), '-o', 'cat', '--output-fields=SEQ', ...matches];

    const numbers = await shipped(t, { units_to_match: units });

    const { stdout } = await execute('journalctl', args, { maxBuffer: 1 << 26 });
    assert.deepEqual(numbers, stdout.split('\n').filter(Boolean).map(Number));
    assert.deepEqual(
      numbers,
      numbersWhere((fields) => units.includes(one(fields, '_SYSTEMD_UNIT')!)),
    );
  });
}

for (const { title, reader, top, isWanted } of [
  {
    title: 'a text',
    reader: { match_key: 'SYSLOG_IDENTIFIER', match_value: 'sshd' },
    isWanted: (fields: ReadonlyMap<string, string[]>) => one(fields, 'SYSLOG_IDENTIFIER') === 'sshd',
  },
  {
    title: 'an integer where the field is one',
    reader: { match_key: 'PRIORITY', match_value: 3 },
    isWanted: (fields: ReadonlyMap<string, string[]>) => one(fields, 'PRIORITY') === '3',
  },
  {
    title: 'a text where the field is an integer: nothing',
    reader: { match_key: 'PRIORITY', match_value: '3' },
    isWanted: () => false,
  },
  {
    title: 'a text where the field stays one',
    reader: { match_key: 'UID', match_value: '33' },
    isWanted: (fields: ReadonlyMap<string, string[]>) => one(fields, '_UID') === '33',
  },
  {
    title: 'an integer where the field stays text: nothing',
    reader: { match_key: 'UID', match_value: 33 },
    isWanted: () => false,
  },
  {
    title: 'no value: entries that lack the field',
    reader: { match_key: 'MESSAGE' },
    isWanted: (fields: ReadonlyMap<string, string[]>) => !fields.has('MESSAGE'),
  },
  {
    title: 'null: entries that lack the field',
    reader: { match_key: 'TAG', match_value: null },
    isWanted: (fields: ReadonlyMap<string, string[]>) => !fields.has('TAG'),
  },
  {
    title: 'a list where the field is repeated',
    reader: { match_key: 'TAG', match_value: ['a', 'b', 'c'] },
    isWanted: (fields: ReadonlyMap<string, string[]>) => fields.has('TAG'),
  },
  {
    title: 'one of the values of a repeated field: nothing',
    reader: { match_key: 'TAG', match_value: 'a' },
    isWanted: () => false,
  },
  {
    title: 'a name with its underscore: nothing has it',
    reader: { match_key: '_UID', match_value: '33' },
    isWanted: () => false,
  },
  {
    title: 'a dashed id',
    reader: { match_key: 'BOOT_ID', match_value: bootIds(1).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') },
    isWanted: (fields: ReadonlyMap<string, string[]>) =>
      Number(one(fields, 'SEQ')) >= 1000 && Number(one(fields, 'SEQ')) < 2000,
  },
  {
    title: 'what lacks __MONOTONIC_TIMESTAMP, which is null: all',
    reader: { match_key: 'MONOTONIC_TIMESTAMP', match_value: null },
    isWanted: () => true,
  },
  {
    title: 'a pair at the top level and one in the reader: both',
    reader: { match_key: 'PRIORITY', match_value: 6 },
    top: { match_key: 'SYSTEMD_UNIT', match_value: 'ssh.service' },
    isWanted: (fields: ReadonlyMap<string, string[]>) =>
      one(fields, 'PRIORITY') === '6' && one(fields, '_SYSTEMD_UNIT') === 'ssh.service',
  },
]) {
  test(`match_value selects by ${title}`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;

    assert.deepEqual(await shipped(t, reader, top), numbersWhere(isWanted));
  });
}

test('entries that match nothing move the place too: they are not read again', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const reader = { journal_path: await cachedJournal({ count: COUNT }), match_key: 'NEVER', match_value: 'x' };

  await runOnce(place.config({ reader }));

  const { sent } = (await place.state()).readers['sys']!.senders['out']!;
  assert.equal(sent.count, 0);
  assert.match(sent.cursor!, /;i=bb8;/); // the last of 3000
  const again = await runOnce(place.config({ reader }));
  assert.match(again.stdout, /^sys: 0 entries/);
});

test('files that are named are read, and no others', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(place.path, name));
  for (const [n, folder] of [a!, b!, c!].entries()) {
    const entries = generateEntries({ count: 200, seed: n, startUs: 1_767_225_600_000_000 + n * 1_000_000 });
    await buildJournal(
      folder,
      [...entries].map((each, i) => renumbered(each, n * 200 + i)),
    );
  }
  const journal_files = [a!, b!].map((folder) => join(folder, 'system.journal'));

  const { code, stderr } = await runOnce(place.config({ reader: { journal_files } }));

  assert.equal(code, 0, stderr);
  const numbers = sequenceOf(await readJsonLines(place.output()));
  // same boots: journalctl orders by their clocks, one of this, one of that
  assert.deepEqual(
    checkSequence(
      numbers.sort((x, y) => x - y),
      400,
    ),
    complete,
  );
});

test('of named files those that cannot be read keep nothing of the others back', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal = await cachedJournal({ count: 200 });
  const [garbage, missing] = ['garbage.journal', 'missing.journal'].map((name) => join(place.path, name));
  await writeFile(garbage!, 'no journal');
  const reader = { journal_files: [missing!, join(journal, '*.journal'), garbage!] };

  const { code, stderr } = await runOnce(place.config({ reader }));

  assert.equal(code, 0, stderr);
  assert.equal((await readJsonLines(place.output())).length, 200);
  assert.match(stderr, /there is no journal file \S+missing\.journal; .*check "journal_files"/);
  assert.match(stderr, /cannot be read: \S+garbage\.journal is truncated or no journal file/);
});

function renumbered(entry: EntrySpec, number: number): EntrySpec {
  return {
    ...entry,
    fields: entry.fields.map((field) => (field[0] === 'SEQ' ? (['SEQ', `${number}`] as const) : field)),
  };
}

for (const { title, spoil, complaint } of [
  {
    title: 'garbage',
    spoil: (path: string) => writeFile(path, Buffer.from(noise(100_000))),
    complaint: /ERROR .*bad\.journal/,
  },
  { title: 'an empty one', spoil: (path: string) => writeFile(path, ''), complaint: /ERROR .*bad\.journal/ },
  {
    title: 'a truncated one',
    spoil: async (path: string) => {
      await cp(join(await cachedJournal({ count: 501, seed: 4 }), 'system.journal'), path);
      await truncate(path, 300_000);
    },
    complaint: /ERROR .*bad\.journal/,
  },
]) {
  test(`of a journal with a file that is ${title} the others are read, and that is told`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const journal_path = join(place.path, 'journal');
    await cp(await cachedJournal({ count: 500 }), journal_path, { recursive: true });
    await spoil(join(journal_path, 'bad.journal'));

    const { code, stderr } = await runOnce(place.config({ reader: { journal_path } }));

    assert.equal(code, 0, stderr);
    assert.match(stderr, complaint);
    assert.ok(stderr.split('\n').length <= 4, stderr);
    assert.deepEqual(checkSequence(sequenceOf(await readJsonLines(place.output())), 500), complete);
  });
}

test(
  'a journal that is overwritten in its middle is read without a crash, in order and without repeats',
  { timeout: 180_000 },
  async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    const random = randomFrom(5);
    for (let n = 0; n < 4; n++) {
      await using place = await Place.make();
      const journal_path = join(place.path, 'journal');
      await cp(await cachedJournal({ count: COUNT }), journal_path, { recursive: true });
      const [file] = await readdir(journal_path);
      await execute('dd', [
        ...['if=/dev/urandom', `of=${join(journal_path, file!)}`, 'conv=notrunc', 'bs=4096'],
        ...[`seek=${200 + Math.floor(random() * 300)}`, `count=${1 + Math.floor(random() * 40)}`],
      ]);

      const { code, signal, stderr } = await runOnce(place.config({ reader: { journal_path } }));

      assert.equal(signal, null);
      assert.ok(code === 0 || code === 1, stderr);
      const numbers = sequenceOf(await readJsonLines(place.output()));
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].sort((x, y) => x - y),
      );
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
  },
);

test('a directory of several machines is read as journalctl does', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const journal_path = join(place.path, 'journal');
  await mkdir(journal_path);
  await cp(await cachedJournal({ count: 500 }), join(journal_path, '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d'), {
    recursive: true,
  });

  await using daemon = await Daemon.start(place.config({ reader: { journal_path } }));
  const numbers = async () => sequenceOf(await readJsonLines(place.output()));
  await daemon.waitFor(async () => (await numbers()).length === 500, 'all entries');

  assert.deepEqual(checkSequence(await numbers(), 500), complete);
});

for (const follow of [true, false]) {
  test(`three boots are shipped ${follow ? 'when following' : 'with --once'} also where --merge is refused with --follow`, async (t) => {
    if (!need(t, 'journalctl')) return;
    await using place = await Place.make();
    const journal_path = join(place.path, 'journal');
    await mkdir(journal_path);
    await writeFile(join(journal_path, 'system.journal'), '');
    const entries = [...generateEntries({ count: 600, boots: 3 })];
    await using fake = await FakeJournalctl.create(entries.slice(0, 500), { refusesMergeWithFollow: true });
    const config = place.config({ reader: { journal_path }, top: { journalctl_path: fake.path } });
    const numbers = async () => sequenceOf(await readJsonLines(place.output()));

    await using daemon = await Daemon.start(config, { once: !follow });
    if (follow) await daemon.waitFor(async () => (await numbers()).length === 500, 'all entries');
    else assert.equal((await daemon.end).code, 0);
    await daemon.stop();
    await fake.setEntries(Buffer.from(exportText(entries)));
    const again = await runOnce(config);

    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(checkSequence(await numbers(), 600), complete);
    const runs = (await fake.calls())
      .map(({ argv }) => argv)
      .filter((argv) => argv.includes(`--directory=${journal_path}`));
    assert.ok(runs.every((argv) => !argv.includes('--merge')));
  });
}

function noise(length: number): number[] {
  const random = randomFrom(1);
  return Array.from({ length }, () => Math.floor(random() * 256));
}

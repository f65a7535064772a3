import assert from 'node:assert/strict';
import { cp, mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedJournal } from '../../test/support/journal-cache.ts';
import { need } from '../../test/support/need.ts';
import type { JournalSelection } from './selection.ts';
import { filesToOpen, findJournalFiles } from './files.ts';

const machineId = '5d0f3c1e9a4b4c7d8e6f70819a2b3c4d';
const plain: JournalSelection = { journal_flags: [], units_to_match: [] };

async function folderWith(...paths: string[]) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'files-'));
  for (const path of paths) {
    await mkdir(join(folder.path, path, '..'), { recursive: true });
    await writeFile(join(folder.path, path), '');
  }
  return folder;
}

test('finds the files of a directory and of the machines in it, and nothing else', async () => {
  await using folder = await folderWith(
    'system.journal',
    'system@0005.journal~',
    'fss',
    'notes.txt',
    `${machineId}/system.journal`,
    `${machineId}.web/user-1000.journal`,
    `remote/remote-x.journal`,
  );

  const files = await findJournalFiles({ ...plain, journal_path: folder.path }, machineId);

  assert.deepEqual(
    [...files!.paths].sort(),
    [`${machineId}.web/user-1000.journal`, `${machineId}/system.journal`, 'system.journal', 'system@0005.journal~']
      .map((path) => join(folder.path, path))
      .sort(),
  );
  assert.deepEqual([files!.unreadable, files!.missing, files!.places], [[], [], [folder.path]]);
});

test('a directory that is not there is missing, one without journals is not', async () => {
  await using folder = await folderWith('notes.txt');
  const missing = join(folder.path, 'later');

  const none = await findJournalFiles({ ...plain, journal_path: folder.path }, machineId);
  const later = await findJournalFiles({ ...plain, journal_path: missing }, machineId);

  assert.deepEqual(none, { paths: [], unreadable: [], broken: [], missing: [], places: [folder.path] });
  assert.deepEqual(later, { paths: [], unreadable: [], broken: [], missing: [missing], places: [missing] });
});

test('files that are named are looked for one by one, those that match a glob in order', async () => {
  await using folder = await folderWith('a.journal', 'd/y.journal', 'd/x.journal');
  const [there, gone] = [join(folder.path, 'a.journal'), join(folder.path, 'b.journal')];
  const [all, none] = [join(folder.path, 'd/*.journal'), join(folder.path, 'd/z*.journal')];

  const files = await findJournalFiles({ ...plain, journal_files: [there, gone, all, none] }, machineId);

  const paths = [there, join(folder.path, 'd/x.journal'), join(folder.path, 'd/y.journal')];
  assert.deepEqual(files, {
    paths,
    unreadable: [],
    broken: paths,
    missing: [gone, none],
    places: [there, gone, all, none],
  });
});

test('of named files journalctl is given those that it can open, by their very names', async (t) => {
  if (!need(t, 'systemd-journal-remote')) return;
  await using folder = await folderWith('garbage.journal');
  const [odd, garbage, gone] = ['[a]*.journal', 'garbage.journal', 'gone.journal'].map((name) =>
    join(folder.path, name),
  );
  await cp(join(await cachedJournal({ count: 3000 }), 'system.journal'), odd!);
  const selection = { ...plain, journal_files: [gone!, odd!, garbage!] };

  const files = await filesToOpen(selection);

  assert.deepEqual(files, [join(folder.path, '\\[a]\\*.journal')]);
});

test('named files are not looked for again by who has just found them', async () => {
  const selection = { ...plain, journal_files: ['/j/*.journal'] };
  const found = { paths: ['/j/a.journal', '/j/b.journal'], unreadable: ['/j/b.journal'], broken: [], missing: [] };

  assert.deepEqual(await filesToOpen(selection, { ...found, places: ['/j'] }), ['/j/a.journal']);
});

test('where none of the named files can be opened, journalctl is to say why', async () => {
  await using folder = await folderWith('garbage.journal');
  const selection = { ...plain, journal_files: [join(folder.path, 'garbage.journal')] };

  assert.deepEqual(await filesToOpen(selection), selection.journal_files);
});

test('a link to a machine of its own is followed', async () => {
  await using folder = await folderWith(`real/system.journal`);
  await symlink('real', join(folder.path, machineId));

  const files = await findJournalFiles({ ...plain, journal_path: folder.path }, machineId);

  assert.equal(files?.paths.length, 1);
});

for (const { title, selection, id, places } of [
  {
    title: 'of this machine',
    selection: {},
    id: machineId,
    places: [`/var/log/journal/${machineId}`, `/run/log/journal/${machineId}`],
  },
  {
    title: 'of a namespace',
    selection: { journal_namespace: 'web' },
    id: machineId,
    places: [`/var/log/journal/${machineId}.web`, `/run/log/journal/${machineId}.web`],
  },
  { title: 'of several namespaces', selection: { journal_namespace: '*' }, id: machineId, places: undefined },
  { title: 'of a namespace and the rest', selection: { journal_namespace: '+web' }, id: machineId, places: undefined },
  { title: 'of a machine without an id', selection: {}, id: undefined, places: undefined },
  {
    title: 'of another root',
    selection: { journal_flags: ['OS_ROOT'], journal_path: '/mnt' },
    id: machineId,
    places: undefined,
  },
] as const) {
  test(`the places of the journal ${title}`, async () => {
    const files = await findJournalFiles({ ...plain, ...selection }, id);

    assert.deepEqual(files?.places, places);
  });
}

import assert from 'node:assert/strict';
import { link, mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { configOption } from './schema.ts';
import { findSharedFiles } from './written-files.ts';

/** The faults of a config in which readers `a` and `b` have a sender each, with these files. */
async function faultsOf(a: string, b: string, more: { top?: object; sender?: object } = {}): Promise<string[]> {
  const readers = {
    a: { senders: { x: { output_type: 'file', file_output: a } } },
    b: { senders: { y: { output_type: 'file', file_output: b, ...more.sender } } },
  };
  const faults = await findSharedFiles(configOption, { readers, ...more.top });
  return faults.map(({ path, message }) => `${path}: ${message}`);
}

const CLASH =
  'readers.b.senders.y.file_output: writes the same file as readers.a.senders.x.file_output; each needs its own';

async function prepared() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'written-files-'));
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at('real'));
  await writeFile(at('real/there'), '');
  await symlink('real', at('linked'));
  await symlink('there', at('real/alias'));
  await symlink('real/later', at('dangling'));
  await symlink('loop', at('loop'));
  await link(at('real/there'), at('hard'));
  return { at, [Symbol.asyncDispose]: () => folder.remove() };
}

const same: readonly (readonly [title: string, a: string, b: string])[] = [
  ['the same path', 'real/new', 'real/new'],
  ['another spelling', 'real/new', 'real/../real/./new'],
  ['a linked directory', 'real/new', 'linked/new'],
  ['a linked directory of one yet to be made', 'real/sub/new', 'linked/sub/new'],
  ['a link', 'real/there', 'real/alias'],
  ['a link to a file yet to be made', 'real/later', 'dangling'],
  ['a hard link', 'real/there', 'hard'],
  ['links in a circle', 'loop', 'loop'],
];

for (const [title, a, b] of same) {
  test(`two senders clash over ${title}`, async () => {
    await using files = await prepared();

    assert.deepEqual(await faultsOf(files.at(a), files.at(b)), [CLASH]);
  });
}

test('a relative path counts from the working directory', async () => {
  await using files = await prepared();

  const faults = await faultsOf(files.at('real/new'), relative(process.cwd(), files.at('real/new')));

  assert.deepEqual(faults, [CLASH]);
});

test('senders may write different files, and any device', async () => {
  await using files = await prepared();

  assert.deepEqual(await faultsOf(files.at('real/a'), files.at('real/b')), []);
  assert.deepEqual(await faultsOf('/dev/null', '/dev/null'), []);
});

test('a disabled sender or reader writes nothing', async () => {
  assert.deepEqual(await faultsOf('/nowhere/x', '/nowhere/x', { sender: { enabled: false } }), []);
  const off = { enabled: false, senders: { y: { output_type: 'file', file_output: '/nowhere/x' } } };
  assert.deepEqual(await findSharedFiles(configOption, { readers: { a: off, b: off } }), []);
});

test('a sender must not write the state file', async () => {
  const faults = await faultsOf('/nowhere/x', '/nowhere/state', { top: { json_state_file_path: '/nowhere/state' } });

  assert.deepEqual(faults.length, 1);
  assert.match(faults[0]!, /^readers\.b\.senders\.y\.file_output: writes the same file as json_state_file_path;/);
});

test('a sender must not write the file that the state is written to before it takes its place', async () => {
  const faults = await faultsOf('/nowhere/x', '/nowhere/state.tmp', {
    top: { json_state_file_path: '/nowhere/state' },
  });

  assert.equal(faults.length, 1);
});

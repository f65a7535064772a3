import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { mkdtempDisposable, open, readdir, readFile, symlink, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RetryableError } from '../../errors.ts';
import { Bulk } from './bulk.ts';

const root = { real: '/', length: 0 };
const made = { root, mode: 0o640, uid: -1, gid: -1 };

async function makeBed() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'bulk-'));
  const bulk = new Bulk();
  return {
    bulk,
    path: (name: string) => join(folder.path, name),
    [Symbol.asyncDispose]: async () => {
      await bulk.close();
      await folder.remove();
    },
  };
}

for (const { title, code, open: openBroken } of [
  { title: 'a full disk', code: 'ENOSPC', open: () => openSync('/dev/full', 'a') },
  { title: 'a descriptor that is none', code: 'EBADF', open: () => 1_000_000 },
]) {
  test(`tells which file met ${title}, and writes to none behind it`, async () => {
    await using bed = await makeBed();
    await using first = await open(bed.path('first'), 'a');
    await using third = await open(bed.path('third'), 'a');
    const pieces = ['one\n', 'two\n', 'three\n'].map((text) => Buffer.from(text));

    const failure = await bed.bulk.write([first.fd, openBroken(), third.fd], pieces, root);

    assert.equal(failure?.failed, 1);
    assert.equal(failure.code, code);
    assert.equal(await readFile(bed.path('first'), 'utf8'), 'one\n');
    assert.equal(await readFile(bed.path('third'), 'utf8'), '');
  });
}

test('one thread does one task after the other', async () => {
  await using bed = await makeBed();
  const countThreads = async () => (await readdir('/proc/self/task')).length;
  await bed.bulk.look([bed.path('a')]);
  const before = await countThreads();

  for (const name of ['a', 'b', 'c']) await bed.bulk.look([bed.path(name)]);

  assert.equal(await countThreads(), before);
});

test('a thread that dies of a task fails it for now, and the next task has a new one', async () => {
  await using bed = await makeBed();

  const failed = bed.bulk.look(undefined as never); // nothing it could look at

  await assert.rejects(failed, (error) => {
    assert.ok(error instanceof RetryableError);
    assert.match(error.message, /^the thread that writes many files has ended: /);
    return true;
  });
  assert.deepEqual(await bed.bulk.look([bed.path('a')]), ['']);
});

test('opens what is whole, makes what is missing, keeps only so many open, and leaves the rest to others', async () => {
  await using bed = await makeBed();
  await writeFile(bed.path('whole'), 'a line\n');
  await writeFile(bed.path('torn'), 'half a li');
  await mkdir(bed.path('folder'));
  await symlink(bed.path('whole'), bed.path('link'));
  const paths = ['whole', 'new', 'torn', 'folder', 'link', 'late'].map(bed.path);

  const opened = await bed.bulk.open({ ...made, paths, keep: 2 });
  const [whole, fresh, torn, folder, link, late] = opened;
  const files = [whole!.fd!, fresh!.fd!, { path: paths[5]!, seen: `${late!.id} 0` }];
  const failure = await bed.bulk.write(
    files,
    ['b\n', 'c\n', 'd\n'].map((text) => Buffer.from(text)),
    root,
  );

  assert.deepEqual([torn, folder, link], [undefined, undefined, undefined]);
  assert.deepEqual([whole!.isNew, whole!.size, Buffer.from(whole!.tail).toString()], [false, 7, 'a line\n']);
  assert.deepEqual([fresh!.isNew, fresh!.size, late!.isNew, late!.fd], [true, 0, true, undefined]);
  assert.equal(failure, undefined);
  assert.equal(await readFile(bed.path('whole'), 'utf8'), 'a line\nb\n');
  assert.equal(await readFile(bed.path('late'), 'utf8'), 'd\n');
});

test('does not write to a closed file that others have changed since it was seen', async () => {
  await using bed = await makeBed();
  const path = bed.path('file');
  const [opened] = await bed.bulk.open({ ...made, paths: [path], keep: 0 });
  await writeFile(path, 'of another\n');

  const failure = await bed.bulk.write([{ path, seen: `${opened!.id} 0` }], [Buffer.from('ours\n')], root);

  assert.match(failure!.message, /replaced/);
  assert.equal(await readFile(path, 'utf8'), 'of another\n');
});

test('makes no file behind a directory that is a link', async () => {
  await using bed = await makeBed();
  await mkdir(bed.path('elsewhere'));
  await symlink(bed.path('elsewhere'), bed.path('link'));

  const opened = await bed.bulk.open({ ...made, paths: [bed.path('link/file')], keep: 1 });

  assert.deepEqual(opened, [undefined]);
  await assert.rejects(readFile(bed.path('elsewhere/file')), { code: 'ENOENT' });
});

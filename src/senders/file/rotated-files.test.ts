import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastRotation } from './rotated-files.ts';

test('the last rotation is found for many outputs of a directory at a time, and what came meanwhile by who asks later', async (t) => {
  const folder = await mkdtempDisposable(join(tmpdir(), 'rotated-files-'));
  t.after(() => folder.remove());
  const at = (name: string) => join(folder.path, name);
  const names = ['a', 'b'].flatMap((base) => [
    `${base}.20261101-000000`,
    `${base}.20261102-000000-2.gz`,
    `${base}.20261102-000000-10`,
  ]);
  for (const name of [...names, '.b.20261103-000000.gz.tmp', 'b.20261301-000000', 'b.c.20261104-000000'])
    await writeFile(at(name), '');
  const newest = { stamp: '20261102-000000', counter: 10 };

  const found = await Promise.all(['a', 'b', 'c', 'a'].map((base) => lastRotation(at(base))));
  await writeFile(at('a.20261105-000000'), '');
  const later = [lastRotation(at('b')), lastRotation(at('a'))];

  assert.deepEqual(found, [newest, newest, undefined, newest]);
  assert.deepEqual(await Promise.all(later), [newest, { stamp: '20261105-000000', counter: 0 }]);
  assert.equal(await lastRotation(join(folder.path, 'missing', 'a')), undefined);
});

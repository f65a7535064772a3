import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Rotations } from './rotations.ts';

for (const { title, names, newest } of [
  { title: 'none', names: ['a.jsonl', 'a.jsonl.1', 'b.jsonl.20260101-000000'], newest: undefined },
  {
    title: 'the newest by time, then by number',
    names: ['a.jsonl.20260101-000000-10', 'a.jsonl.20260101-000000-9.gz', 'a.jsonl.20251231-235959.zst'],
    newest: { stamp: '20260101-000000', counter: 10 },
  },
  {
    title: 'no time that there is not, and no name that only looks alike',
    names: [
      'a.jsonl.20261399-000000',
      'xa.jsonl.20260101-000000',
      'a.jsonl.20260101-000000.xz',
      'a.jsonl.20250101-000000',
    ],
    newest: { stamp: '20250101-000000', counter: 0 },
  },
  {
    title: 'not that of an output whose name goes on',
    names: ['a.jsonl.20260101-000000.20270101-000000', 'a.jsonl.20250101-000000-1'],
    newest: { stamp: '20250101-000000', counter: 1 },
  },
]) {
  test(`of what lies beside an output finds ${title}`, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'rotations-'));
    for (const name of names) await writeFile(join(folder.path, name), '');

    const found = await new Rotations().last(join(folder.path, 'a.jsonl'));

    const { stamp, counter } = found ?? {};
    assert.deepEqual(found && { stamp, counter }, newest);
  });
}

test('looks anew once it was told to forget', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rotations-'));
  const path = join(folder.path, 'a');
  const rotations = new Rotations();
  await rotations.last(path);
  await writeFile(`${path}.20260101-000000`, '');

  const before = await rotations.last(path);
  rotations.forget();
  const after = await rotations.last(path);

  assert.equal(before, undefined);
  assert.equal(after?.stamp, '20260101-000000');
});

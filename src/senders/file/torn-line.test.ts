import assert from 'node:assert/strict';
import { mkdtempDisposable, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { repairTornLine } from './torn-line.ts';

async function repaired(content: string): Promise<{ content: string; cut: number }> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'torn-'));
  const path = join(folder.path, 'f');
  await writeFile(path, content);
  await using file = await open(path, 'a+');
  const cut = await repairTornLine(file, (await file.stat()).size, { path });
  return { content: await readFile(path, 'utf8'), cut };
}

for (const size of [1, 65_535, 65_536, 65_537, 131_072, 200_000]) {
  test(`a torn line of ${size} bytes is cut off, whole ones are kept`, async () => {
    const whole = `{"a":"${'b'.repeat(size)}"}\n`;
    const torn = '{'.padEnd(size, 'c');

    assert.deepEqual(await repaired(whole + torn), { content: whole, cut: size });
    assert.deepEqual(await repaired(torn), { content: '', cut: size });
    assert.deepEqual(await repaired(whole), { content: whole, cut: 0 });
  });
}

test('nothing is cut off an empty file', async () => {
  assert.deepEqual(await repaired(''), { content: '', cut: 0 });
});

test('what is left is all lines up to the last newline, for any content', async () => {
  const line = fc.string({ unit: fc.constantFrom('{', 'a', '\n'), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(line, async (tail) => {
      const content = `{${tail}`;
      const end = content.lastIndexOf('\n') + 1;
      assert.deepEqual(await repaired(content), { content: content.slice(0, end), cut: content.length - end });
    }),
    { numRuns: 50 },
  );
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { need } from './need.ts';
import { Tmpfs } from './tmpfs.ts';

test('a small file system fills up, has room again and leaves nothing behind', async (t) => {
  if (!need(t, 'tmpfs')) return;
  let path: string;
  {
    await using disk = await Tmpfs.mount(64 * 1024);
    path = disk.path;
    const file = join(path, 'file');

    await disk.fill();
    await assert.rejects(writeFile(file, 'x'), { code: 'ENOSPC' });
    await disk.free();
    await writeFile(file, 'x');
  }

  assert.equal(existsSync(path), false);
});

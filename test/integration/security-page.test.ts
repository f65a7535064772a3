import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

test('each threat of the model names tests that are there', async () => {
  const page = await readFile(join(root, 'SECURITY.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| (?!Threat|-)/.test(line));

  assert.ok(rows.length >= 20, `${rows.length} threats`);
  for (const row of rows) {
    const tests = [...row.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path]) => path!);
    assert.ok(tests.length > 0, `no test: ${row}`);
    for (const path of tests) assert.ok(existsSync(join(root, path)), path);
  }
});

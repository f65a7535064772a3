import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

for (const { page, title, table, atLeast } of [
  { page: 'SECURITY.md', title: 'each threat of the model', table: /^\| (?!Threat|-)/, atLeast: 20 },
  {
    page: 'docs/reliability.md',
    title: 'each sentence of the promise',
    table: /^\| .*\.test\.ts|^\| .*the soak below/,
    atLeast: 17,
  },
]) {
  test(`${title} names tests that are there`, async () => {
    const text = await readFile(join(root, page), 'utf8');
    const rows = text.split('\n').filter((line) => table.test(line));

    assert.ok(rows.length >= atLeast, `${rows.length} rows`);
    for (const row of rows) {
      const tests = [...row.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path]) => path!);
      assert.ok(tests.length > 0, `no test: ${row}`);
      for (const path of tests) assert.ok(existsSync(join(root, path)), path);
    }
  });
}

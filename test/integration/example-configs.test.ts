import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ExplainedEntry } from '../../src/cli/explain/explained.ts';
import { generateEntries } from '../support/entries.ts';
import { exportText } from '../support/export-stream.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const folder = join(import.meta.dirname, '../../docs/examples');
const COUNT = 200;

/** What `check` warns of, by design. */
const WARNINGS: Record<string, RegExp> = {
  'journalpump.json': /^warning: readers\.some_reader\.tags: ignored: [^\n]*$/,
};

const stream = exportText(generateEntries({ count: COUNT }));
const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));

test('there are realistic configs to begin with', () => {
  assert.ok(names.length >= 10, names.join());
});

for (const name of names) {
  test(`the example ${name} is valid, and does what it says with entries`, async () => {
    const path = join(folder, name);
    await using credentials = await makeCredentials(await readFile(path, 'utf8'));
    const env = { ...process.env, CREDENTIALS_DIRECTORY: credentials.path };
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [main, ...args], { env, input: stream, encoding: 'utf8', maxBuffer: 1e8 });

    const check = run('check', path);
    const explain = run('explain', path, '--stdin', '--json');

    assert.equal(check.status, 0, check.stderr);
    const elsewhere = /^warning: \S+: the file of "\w+", \S+, does not exist$/gm;
    assert.match(check.stderr.replace(elsewhere, '').trim(), WARNINGS[name] ?? /^$/);
    assert.equal(explain.status, 0, explain.stderr);
    const entries = explain.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ExplainedEntry);
    assert.ok(entries.length >= COUNT, `${entries.length} entries`);
  });
}

/** A folder with a value for each credential that a config names; each would do for a key of 32 bytes. */
async function makeCredentials(config: string): Promise<AsyncDisposable & { readonly path: string }> {
  const credentials = await mkdtempDisposable(join(tmpdir(), 'examples-'));
  for (const [, name] of config.matchAll(/"credential": "([^"]+)"/g)) {
    await writeFile(join(credentials.path, name!), randomBytes(32).toString('base64'), { mode: 0o600 });
  }
  return credentials;
}

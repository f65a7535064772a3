import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

interface Manifest {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const readManifest = async (...path: string[]): Promise<Manifest> =>
  JSON.parse(await readFile(join(root, ...path, 'package.json'), 'utf8')) as Manifest;

/** Package and licence of each row under a heading. */
function rowsUnder(page: string, heading: string): Map<string, string> {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return new Map([...table.matchAll(/^\| `([^`]+)` +\| ([^|]*?) +\|/gm)].map(([, name, licence]) => [name!, licence!]));
}

test('the page of dependencies names each one, with the licence that it says it has', async () => {
  const page = await readFile(join(root, 'docs/dependencies.md'), 'utf8');
  const { dependencies, optionalDependencies, devDependencies } = await readManifest();
  const wanted = {
    'What ships': Object.keys({ ...dependencies, ...optionalDependencies }),
    'What builds and checks': Object.keys(devDependencies ?? {}),
  };

  for (const [heading, names] of Object.entries(wanted)) {
    const rows = rowsUnder(page, heading);
    assert.deepEqual([...rows.keys()].sort(), names.sort(), heading);
    for (const [name, licence] of rows) {
      // One of the two runtimes is for another processor.
      if (!existsSync(join(root, 'node_modules', name))) assert.match(name, /^node-linux-/);
      else assert.equal(licence, (await readManifest('node_modules', name)).license, name);
    }
  }
});

test('versions are pinned', async () => {
  const { dependencies, optionalDependencies, devDependencies } = await readManifest();

  for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

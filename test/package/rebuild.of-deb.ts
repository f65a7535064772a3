import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildPackage, ROOT, SOURCES } from './packages.ts';

test('two builds have the same bytes: in another folder, under another umask, at another place of the world', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rebuilt-package-'));
  try {
    const tree = join(folder, 'a tree of another name');
    mkdirSync(tree);
    for (const source of SOURCES) cpSync(join(ROOT, source), join(tree, source), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    const script = 'umask 077; exec "$0" tools/deb/build.ts --output "$1"';
    const env = { ...process.env, TZ: 'Pacific/Chatham', LC_ALL: 'tr_TR.UTF-8', HOME: folder };
    execFileSync('sh', ['-c', script, process.execPath, folder], {
      cwd: tree,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [name] = readdirSync(folder).filter((file) => file.endsWith('.deb'));

    const isSame = readFileSync(join(folder, name!)).equals(readFileSync(buildPackage().path));

    assert.ok(isSame, `${name!} differs; diffoscope tells where`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

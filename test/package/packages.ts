import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

const root = join(import.meta.dirname, '../..');

/** The package of this checkout, built by its recipe; one that is named by JOURNALBRIDGE_DEB is taken as it is. */
export function buildPackage(): { path: string; version: string } {
  const path = env['JOURNALBRIDGE_DEB'] ?? build();
  const version = execFileSync('dpkg-deb', ['--field', path, 'Version'], { encoding: 'utf8' }).trim();
  return { path, version };
}

function build(): string {
  execFileSync('npm', ['run', '--silent', 'deb'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const dist = join(root, 'dist');
  const built = readdirSync(dist).filter((name) => /^journalbridge_.*\.deb$/.test(name));
  const [newest] = built.map((name) => join(dist, name)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (newest === undefined) throw new Error('npm run deb has made no package');
  return newest;
}

/** The same package under a version that is lower than any: what an upgrade begins from. */
export function olderPackage(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'older-package-'));
  const [tree, older] = [join(folder, 'tree'), join(folder, 'older.deb')];
  execFileSync('dpkg-deb', ['--raw-extract', path, tree]);
  const control = join(tree, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 0.0.1'));
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, older], { stdio: 'ignore' });
  rmSync(tree, { recursive: true });
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return older;
}

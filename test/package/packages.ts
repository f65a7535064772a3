import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

/** This checkout. */
export const ROOT = join(import.meta.dirname, '../..');

/** All that a package is made of, apart from what package-lock.json names. */
export const SOURCES = [
  ...['src', 'debian', 'systemd', 'tools', 'docs', 'README.md', 'CHANGELOG.md', 'SECURITY.md'],
  'journalbridge.schema.json',
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
];

/**
 * The package of this checkout by its recipe. All tests share one, which is kept until a source changes; one that is
 * named by JOURNALBRIDGE_DEB is taken as it is.
 */
export function buildPackage(): { path: string; version: string } {
  const path = env['JOURNALBRIDGE_DEB'] ?? builtOnce();
  const version = execFileSync('dpkg-deb', ['--field', path, 'Version'], { encoding: 'utf8' }).trim();
  return { path, version };
}

function builtOnce(): string {
  const kept = join(ROOT, '.cache/deb');
  const folder = join(kept, keyOfSources());
  if (!existsSync(folder)) {
    mkdirSync(kept, { recursive: true });
    // Whoever comes while it is being built waits for it. Those of yesterday are of no use any more.
    const clean = 'find "$(dirname "$1")" -mindepth 1 -maxdepth 1 -type d -mtime +0 -exec rm -r {} +';
    const script = `${clean}; test -e "$1" || { npm run --silent deb -- --output "$1.new" && mv "$1.new" "$1"; }`;
    const command = [join(kept, 'lock'), 'sh', '-c', script, 'sh', folder];
    execFileSync('flock', command, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  return join(folder, name!);
}

function keyOfSources(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) addTo(hash, source);
  return hash.digest('hex').slice(0, 16);
}

function addTo(hash: ReturnType<typeof createHash>, path: string): void {
  const place = join(ROOT, path);
  if (!existsSync(place)) return;
  const names = folderNames(place);
  if (names === undefined) hash.update(`${path}\0`).update(readFileSync(place));
  else for (const name of names) addTo(hash, join(path, name));
}

function folderNames(path: string): string[] | undefined {
  try {
    return readdirSync(path).sort();
  } catch {
    return undefined; // a file
  }
}

/** The same package under another version: unless told, one that is lower than any, from which an upgrade begins. */
export function otherPackage(path: string, version = '0.0.1'): string {
  const folder = mkdtempSync(join(tmpdir(), 'other-package-'));
  const [tree, other] = [join(folder, 'tree'), join(folder, 'other.deb')];
  execFileSync('dpkg-deb', ['--raw-extract', path, tree]);
  const control = join(tree, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`));
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, other], { stdio: 'ignore' });
  rmSync(tree, { recursive: true });
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return other;
}

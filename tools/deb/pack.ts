import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Making } from './stage.ts';

const SCRIPTS = ['postinst', 'prerm', 'postrm'];

/** Makes the package of what was laid out; the same files make the same bytes. */
export function pack({ root, stage, arch, version, time }: Making, output: string): void {
  const meta = join(stage, 'DEBIAN');
  const files = filesBelow(stage);
  mkdirSync(meta);
  write(
    join(meta, 'control'),
    control(join(root, 'debian/control'), { arch, version, size: installedSize(stage, files) }),
  );
  write(join(meta, 'conffiles'), readFileSync(join(root, 'debian/conffiles'), 'utf8'));
  write(join(meta, 'md5sums'), files.map((file) => md5Line(stage, file)).join(''));
  for (const script of SCRIPTS) {
    copyFileSync(join(root, 'debian', script), join(meta, script));
    chmodSync(join(meta, script), 0o755);
  }
  settle(stage, time);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time), LC_ALL: 'C' };
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z2', '--build', stage, output], { env, stdio: 'pipe' });
  chmodSync(output, 0o644);
}

/** The binary package's part of debian/control, with what only the build knows. */
function control(file: string, { arch, version, size }: { arch: string; version: string; size: number }): string {
  const [source = '', binary = ''] = readFileSync(file, 'utf8').split('\n\n');
  const shared = source.split('\n').filter((line) => /^(Section|Priority|Maintainer):/.test(line));
  const [name, , ...rest] = binary.trimEnd().split('\n');
  return [name, `Version: ${version}`, `Architecture: ${arch}`, ...shared, `Installed-Size: ${size}`, ...rest, ''].join(
    '\n',
  );
}

/** In KiB, as dpkg-gencontrol counts. */
function installedSize(stage: string, files: readonly string[]): number {
  return files.reduce((sum, file) => sum + Math.ceil(lstatSync(join(stage, file)).size / 1024), 0);
}

/** Conffiles are changed by right, so they are not among the sums. */
function md5Line(stage: string, file: string): string {
  if (file.startsWith('etc/')) return '';
  return `${createHash('md5')
    .update(readFileSync(join(stage, file)))
    .digest('hex')}  ${file}\n`;
}

/** Nothing of the building machine stays: neither its umask nor its clock. */
function settle(folder: string, time: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settle(path, time);
    else utimesSync(path, time, time);
  }
  chmodSync(folder, 0o755);
  utimesSync(folder, time, time);
}

function filesBelow(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(below, entry.name);
      return entry.isDirectory() ? filesBelow(folder, path) : [path];
    })
    .sort();
}

function write(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o644);
}

import { execFile } from 'node:child_process';
import { access, glob, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CommandLine } from '../../test/support/child.ts';

const execute = promisify(execFile);
const cache = join(import.meta.dirname, '../../.cache/peers');

/**
 * The folder that a Debian package and what it needs are unpacked in. They are fetched by apt-get and not installed:
 * the two system loggers exclude each other, and a bench must not change what runs on the machine.
 */
export async function unpackedPackage(name: string): Promise<string> {
  const folder = join(cache, name);
  if (await exists(folder)) return folder;
  const unfinished = `${folder}.${process.pid}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const packages = await neededPackages(name);
  await execute('apt-get', ['--quiet=2', 'download', ...packages], { cwd: unfinished });
  for await (const file of glob('*.deb', { cwd: unfinished })) {
    await execute('dpkg-deb', ['--extract', file, '.'], { cwd: unfinished });
    await rm(join(unfinished, file));
  }
  await rename(unfinished, folder);
  return folder;
}

/** The folders below `root` that hold shared libraries, as the loader wants them (`LD_LIBRARY_PATH`). */
export async function libraryPath(root: string): Promise<string> {
  const folders: string[] = [];
  for await (const folder of glob(['{usr/,}lib/*-linux-gnu', 'usr/lib/syslog-ng'], { cwd: root })) {
    folders.push(join(root, folder));
  }
  return folders.join(':');
}

/** The one path below `root` that fits the pattern. */
export async function pathIn(root: string, pattern: string): Promise<string> {
  for await (const path of glob(pattern, { cwd: root })) return join(root, path);
  throw new Error(`the package has no ${pattern}`);
}

/** The first number with dots that a program says of its version. */
export async function versionOf([command, ...args]: CommandLine): Promise<string> {
  const { stdout } = await execute(command, args);
  return /\d+\.[\d.]*\d/.exec(stdout)?.[0] ?? 'unknown';
}

/** The package, and what it needs that is not there. */
async function neededPackages(name: string): Promise<string[]> {
  const { stdout } = await execute('apt-get', ['--simulate', '--no-install-recommends', 'install', name]);
  const needed = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!);
  return [...new Set([...needed, name])];
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

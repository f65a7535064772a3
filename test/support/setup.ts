import { spawnSync } from 'node:child_process';
import { env } from 'node:process';
import { buildGoPrograms } from './go-programs.ts';
import { fetchHadolint } from './hadolint.ts';
import { fetchMavenJars } from './maven-jars.ts';
import { fetchNewJava } from './new-java.ts';
import { canInstall, isInstalled, isUnattended, programs } from './requirements.ts';
import type { Program } from './requirements.ts';

// npm runs this before the tests: it installs what they need beyond npm's packages, or says what is missing.

const missing = () => Object.values<Program>(programs).filter((program) => !isInstalled(program));

if (missing().length > 0 && canInstall()) install([...new Set(missing().map((program) => program.package))]);
const stillMissing = missing();
if (stillMissing.length > 0) console.error(adviceOn(stillMissing));
const unbuilt = [...buildGoPrograms(), ...fetchMavenJars(), ...fetchNewJava(), ...fetchHadolint()];
if (unbuilt.length > 0) console.error(`Some tests will be skipped: ${unbuilt.join('; ')}`);
if (isUnattended && stillMissing.length + unbuilt.length > 0) process.exitCode = 1;

function install(packages: string[]): void {
  console.error(`Installing what the tests need: ${packages.join(' ')}`);
  // The package lists are mostly there already; fetching them first would cost seconds each time.
  if (aptGet('install', ...packages) !== 0 && aptGet('update') === 0) aptGet('install', ...packages);
}

function aptGet(command: string, ...packages: string[]): number | null {
  const options = ['--quiet=2', '--yes', '--no-install-recommends'];
  const { status, stderr, error } = spawnSync('apt-get', [command, ...options, ...packages], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) console.error(error?.message ?? stderr.trim());
  return status;
}

function adviceOn(programs: Program[]): string {
  const purposes = programs.map(({ package: name, proof, purpose }) => `${proof} (package ${name}) for ${purpose}`);
  const packages = new Set(programs.map((program) => program.package));
  return (
    `Some tests will be skipped, because these are missing: ${purposes.join('; ')}. ` +
    `On Debian or Ubuntu: apt-get install ${[...packages].join(' ')}`
  );
}

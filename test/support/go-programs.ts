import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { env } from 'node:process';
import { isOnPath } from './on-path.ts';

/** A server that tests talk to, built from its Go module by the tests' set-up. */
export interface GoProgram {
  readonly module: string;
  /** The folder of its main package, if that is not the module's own. */
  readonly command?: string;
  readonly version: string;
  readonly purpose: string;
}

/** The servers that no Debian package brings in the version wanted. */
export const goPrograms = {
  statsd_exporter: {
    module: 'github.com/prometheus/statsd_exporter',
    version: 'v0.31.0',
    purpose: 'receiving metrics',
  },
  toxiproxy: {
    module: 'github.com/Shopify/toxiproxy/v2',
    command: 'cmd/server',
    version: 'v2.5.0',
    purpose: 'connections that break',
  },
} as const satisfies Record<string, GoProgram>;

/** The name of a program in `goPrograms`. */
export type GoProgramName = keyof typeof goPrograms;

const root = join(import.meta.dirname, '../../.cache/go');

/** Where the program lies once it is built. */
export function goProgramPath(name: GoProgramName): string {
  return join(folderOf(name), basename(commandOf(name) ?? name));
}

/** Why the program cannot be used, as a phrase; undefined if it can. */
export function lackOfGoProgram(name: GoProgramName): string | undefined {
  if (existsSync(goProgramPath(name))) return undefined;
  const remedy = isOnPath('go') ? '`npm run pretest` builds it' : 'go is needed to build it';
  return `${name} (${goPrograms[name].module}@${goPrograms[name].version}) is missing: ${remedy}`;
}

/** Builds those that are missing, if there is a go; says what it does. Returns why the others still are missing. */
export function buildGoPrograms(): string[] {
  const names = Object.keys(goPrograms) as GoProgramName[];
  for (const name of isOnPath('go') ? names.filter(lackOfGoProgram) : []) build(name);
  return names.map(lackOfGoProgram).filter((lack) => lack !== undefined);
}

function build(name: GoProgramName): void {
  const { module, version } = goPrograms[name];
  const command = commandOf(name);
  console.error(`Building what the tests need: ${module}@${version}`);
  const { status, stderr, error } = spawnSync(
    'go',
    ['install', `${command === undefined ? module : `${module}/${command}`}@${version}`],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      env: { ...env, GOBIN: folderOf(name), CGO_ENABLED: '0' },
    },
  );
  if (status !== 0) console.error(error?.message ?? stderr.trim());
}

function commandOf(name: GoProgramName): string | undefined {
  const program: GoProgram = goPrograms[name];
  return program.command;
}

/** The version is in the path, so that another one is built anew. */
function folderOf(name: GoProgramName): string {
  return join(root, `${name}-${goPrograms[name].version}`);
}

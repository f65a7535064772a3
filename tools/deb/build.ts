import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { changelogTime, changelogVersion } from './changelog.ts';
import { pack } from './pack.ts';
import { stage } from './stage.ts';

// `npm run deb`: dist/journalbridge_VERSION_ARCH.deb.

const OWN_ARCH = process.arch === 'x64' ? 'amd64' : process.arch;

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: OWN_ARCH },
    // for tests of an upgrade
    version: { type: 'string' },
    output: { type: 'string', default: 'dist' },
  },
});

process.umask(0o022); // what tsc writes has its mode from here
process.exitCode = build(values);

function build({
  arch,
  version: wanted,
  output,
}: {
  arch: string;
  version?: string | undefined;
  output: string;
}): number {
  const root = resolve(import.meta.dirname, '../..');
  const lack = lackFor(root, arch);
  if (lack !== undefined) {
    console.error(lack);
    return 1;
  }
  const changelog = readFileSync(join(root, 'debian/changelog'), 'utf8');
  const version = wanted ?? changelogVersion(changelog);
  const folder = mkdtempSync(join(tmpdir(), 'journalbridge-deb-'));
  try {
    const making = { root, stage: join(folder, 'root'), arch, version, time: changelogTime(changelog) };
    mkdirSync(making.stage);
    stage(making);
    mkdirSync(output, { recursive: true });
    const file = join(output, `journalbridge_${version}_${arch}.deb`);
    pack(making, file);
    console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Why no package can be made for an architecture. */
function lackFor(root: string, arch: string): string | undefined {
  if (arch !== 'amd64' && arch !== 'arm64') return `--arch ${arch}: there are packages for amd64 and arm64`;
  if (arch !== OWN_ARCH) {
    return (
      `--arch ${arch}: this machine is ${OWN_ARCH}, and npm ci compiles re2 and unix-dgram, and fetches Node, snappy and lz4, ` +
      `for the machine that it runs on. Run npm ci and npm run deb on ${arch} (or in a container of that architecture).`
    );
  }
  const addOn = 'node_modules/re2/build/Release/re2.node';
  return existsSync(join(root, addOn)) ? undefined : `${addOn} is missing: run npm ci`;
}

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FLAGS, MARK, SETTINGS } from '../../src/prepare-process.ts';
import { bashCompletion } from './bash-completion.ts';
import { configManPage } from './man-config.ts';
import { programManPage } from './man-program.ts';
import { manifestOf, productionPackages } from './packages.ts';
import { shippedFiles } from './shipped-files.ts';
import { strip } from './elf.ts';

const LIB = 'usr/lib/journalbridge';
const DOC = 'usr/share/doc/journalbridge';
/** What somebody reads who runs it; who changes it has the sources. */
const PAGES = [
  ...['configuration', 'formats', 'gulp', 'metrics', 'migrating-from-journalpump', 'operations', 'performance'],
  ...['protocols', 'reliability'],
];

/** What a package is made of, and for whom. */
export interface Making {
  /** The sources, with node_modules. */
  readonly root: string;
  /** The folder to fill, as `/` of the machine where the package is installed. */
  readonly stage: string;
  readonly arch: string;
  readonly version: string;
  /** Seconds; the date on man pages. */
  readonly time: number;
}

/** Lays out the files of the package. */
export function stage(making: Making): void {
  stageProgram(making);
  stageConfig(making);
  stageDocs(making);
}

function stageProgram({ root, stage: to, arch, version }: Making): void {
  const node = `node-linux-${arch === 'amd64' ? 'x64' : arch}`;
  put(to, `${LIB}/node`, readFileSync(join(root, 'node_modules', node, 'bin/node')), 0o755);
  strip(join(to, LIB, 'node'), arch);
  execFileSync(process.execPath, [
    ...[join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
    ...['--outDir', join(to, LIB, 'dist')],
  ]);
  const { name } = manifestOf(root);
  put(to, `${LIB}/package.json`, `${JSON.stringify({ name, version, type: 'module', private: true }, null, 2)}\n`);
  for (const { folder } of productionPackages(root))
    stagePackage({ from: join(root, folder), to: join(to, LIB, folder), arch });
  put(to, 'usr/bin/journalbridge', launcher(), 0o755);
}

function stagePackage({ from, to, arch }: { from: string; to: string; arch: string }): void {
  for (const file of shippedFiles(from)) {
    put(to, file, readFileSync(join(from, file)));
    if (file.endsWith('.node')) strip(join(to, file), arch);
  }
}

/** Starts the bundled Node with the settings that the program would otherwise start itself anew with. */
function launcher(): string {
  const settings = Object.entries(SETTINGS).map(([name, value]) => `export ${name}="\${${name}-${value}}"`);
  const flags = FLAGS.join(' ');
  return [
    '#!/bin/sh',
    ...settings,
    `export ${MARK}=1`,
    `exec /${LIB}/node ${flags} /${LIB}/dist/main.js "$@"`,
    '',
  ].join('\n');
}

function stageConfig({ root, stage: to }: Making): void {
  put(to, 'etc/journalbridge/journalbridge.json', read(root, 'debian/journalbridge.json'), 0o640);
  const schema = 'journalbridge.schema.json';
  put(to, `usr/share/journalbridge/${schema}`, read(root, schema));
  for (const unit of ['journalbridge.service', 'journalbridge@.service'])
    put(to, `usr/lib/systemd/system/${unit}`, read(root, `systemd/${unit}`));
  put(to, 'usr/share/journalbridge/restart-steps.conf', read(root, 'systemd/restart-steps.conf'));
  put(to, 'usr/share/bash-completion/completions/journalbridge', bashCompletion());
}

function stageDocs({ root, stage: to, time }: Making): void {
  const date = new Date(time * 1000).toISOString().slice(0, 10);
  putPacked(to, 'usr/share/man/man1/journalbridge.1.gz', programManPage(date));
  putPacked(to, 'usr/share/man/man5/journalbridge.json.5.gz', configManPage(date));
  putPacked(to, `${DOC}/changelog.gz`, read(root, 'debian/changelog'));
  putPacked(to, `${DOC}/CHANGELOG.md.gz`, read(root, 'CHANGELOG.md'));
  put(to, `${DOC}/copyright`, read(root, 'debian/copyright'));
  put(to, `${DOC}/README.md`, read(root, 'README.md'));
  putPacked(to, `${DOC}/SECURITY.md.gz`, read(root, 'SECURITY.md'));
  for (const page of PAGES) putPacked(to, `${DOC}/${page}.md.gz`, read(root, `docs/${page}.md`));
  put(to, `${DOC}/examples/journalbridge.json`, read(root, 'debian/journalbridge.json'));
  for (const example of readdirSync(join(root, 'docs/examples')))
    put(to, `${DOC}/examples/${example}`, read(root, `docs/examples/${example}`));
  put(to, `${DOC}/examples/grafana-dashboard.json`, read(root, 'docs/grafana-dashboard.json'));
  put(to, `${DOC}/examples/prometheus-alerts.yml`, read(root, 'docs/prometheus-alerts.yml'));
  put(to, 'usr/share/lintian/overrides/journalbridge', read(root, 'debian/journalbridge.lintian-overrides'));
}

function read(root: string, path: string): Buffer {
  return readFileSync(join(root, path));
}

function put(root: string, path: string, content: Buffer | string, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

function putPacked(root: string, path: string, content: Buffer | string): void {
  put(root, path, gzipSync(content, { level: 9 }));
}

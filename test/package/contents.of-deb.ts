import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { before, test } from 'node:test';
import { buildPackage } from './packages.ts';

interface Entry {
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

let path: string;
let entries: readonly Entry[];

before(() => {
  path = buildPackage().path;
  const listing = execFileSync('dpkg-deb', ['--contents', path], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  entries = listing
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ +/))
    .map(([mode, owner, , , , name]) => ({ mode: mode!, owner: owner!, path: name!.replace(/^\./, '') }));
});

const files = (): string[] => entries.map((entry) => entry.path).filter((name) => !name.endsWith('/'));

test('it is no larger than 45 MB', () => {
  assert.ok(statSync(path).size <= 45_000_000, `${statSync(path).size} bytes`);
});

test('everything lies where Debian wants it', () => {
  for (const wanted of [
    '/usr/bin/journalbridge',
    '/usr/lib/journalbridge/node',
    '/usr/lib/journalbridge/dist/main.js',
    '/etc/journalbridge/journalbridge.json',
    '/usr/lib/systemd/system/journalbridge.service',
    '/usr/lib/systemd/system/journalbridge@.service',
    '/usr/share/bash-completion/completions/journalbridge',
    '/usr/share/doc/journalbridge/changelog.gz',
    '/usr/share/doc/journalbridge/copyright',
    '/usr/share/doc/journalbridge/examples/prometheus-alerts.yml',
    '/usr/share/journalbridge/journalbridge.schema.json',
    '/usr/share/man/man1/journalbridge.1.gz',
    '/usr/share/man/man5/journalbridge.json.5.gz',
  ]) {
    assert.ok(files().includes(wanted), `${wanted} is missing`);
  }
  const elsewhere = files().filter(
    (name) =>
      !/^\/(etc\/journalbridge|usr\/lib\/(journalbridge|systemd\/system)|usr\/share\/(doc\/)?journalbridge)\//.test(
        name,
      ),
  );
  assert.deepEqual(elsewhere.sort(), [
    '/usr/bin/journalbridge',
    '/usr/share/bash-completion/completions/journalbridge',
    '/usr/share/lintian/overrides/journalbridge',
    '/usr/share/man/man1/journalbridge.1.gz',
    '/usr/share/man/man5/journalbridge.json.5.gz',
  ]);
});

test('no sources, types, maps, tests or leftovers of a build are in it', () => {
  const strange = /\.(ts|mts|cts|map|c|cc|cpp|h|o|a|gyp|mk|d)$|\.test\.|\/(test|tests|__tests__|obj\.target|deps)\//;

  assert.deepEqual(
    files().filter((name) => strange.test(name)),
    [],
  );
});

test('what compiles and tests is not in it, nor an add-on for another machine', () => {
  const names = new Set(
    files().map((name) => /^\/usr\/lib\/journalbridge\/node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(name)?.[1]),
  );

  for (const name of ['typescript', 'node-gyp', 'nan', 'eslint', 'prettier', '@types/node'])
    assert.ok(!names.has(name), name);
  const native = files().filter((name) => name.endsWith('.node'));
  const own = process.arch === 'x64' ? /-linux-x64-gnu|\/build\/Release\// : /-linux-arm64-gnu|\/build\/Release\//;
  assert.deepEqual(
    native.filter((name) => !own.test(name)),
    [],
  );
  for (const name of ['re2.node', 'snappy', 'lz4-napi'])
    assert.ok(
      native.some((file) => file.includes(name)),
      name,
    );
});

test('all of it is root’s; programs can be run, the rest read, the config by root alone until it is installed', () => {
  const programs = ['/usr/bin/journalbridge', '/usr/lib/journalbridge/node'];
  const modeOf = ({ path: name }: Entry): string => {
    if (name.endsWith('/')) return 'drwxr-xr-x';
    if (programs.includes(name)) return '-rwxr-xr-x';
    return name === '/etc/journalbridge/journalbridge.json' ? '-rw-r-----' : '-rw-r--r--';
  };

  assert.deepEqual(
    entries.filter((entry) => entry.owner !== 'root/root' || entry.mode !== modeOf(entry)),
    [],
  );
});

test('its fields say what dpkg and apt need to know', () => {
  const field = (name: string): string =>
    execFileSync('dpkg-deb', ['--field', path, name], { encoding: 'utf8' }).trim();

  assert.equal(field('Package'), 'journalbridge');
  assert.match(field('Architecture'), /^(amd64|arm64)$/);
  assert.match(field('Maintainer'), /^.+ <.+@.+>$/);
  assert.ok(Number(field('Installed-Size')) > 100_000);
  // A Node of the distribution is neither needed nor used.
  assert.doesNotMatch(field('Depends'), /node/);
});

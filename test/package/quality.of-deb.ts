import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { FLAGS } from '../../src/cli/flags.ts';
import { bashCompletion } from '../../tools/deb/bash-completion.ts';
import { isNewer, symbolVersions } from '../../tools/deb/elf.ts';
import { need } from '../support/need.ts';
import { buildPackage, ROOT } from './packages.ts';

let path: string;
let tree: string;

before(() => {
  path = buildPackage().path;
  tree = mkdtempSync(join(tmpdir(), 'package-tree-'));
  execFileSync('dpkg-deb', ['--extract', path, tree]);
});

after(() => {
  rmSync(tree, { recursive: true, force: true });
});

test('lintian has nothing to say', async (t) => {
  if (!need(t, 'lintian')) return;

  const options = ['--allow-root', '--no-cfg'];
  const { stdout, stderr } = await promisify(execFile)('lintian', [...options, path]);

  assert.deepEqual({ stdout, stderr }, { stdout: '', stderr: '' });
});

for (const [page, place] of [
  ['journalbridge(1)', 'man1/journalbridge.1'],
  ['journalbridge.json(5)', 'man5/journalbridge.json.5'],
] as const) {
  test(`mandoc and groff can read ${page}, and find no fault`, (t) => {
    if (!need(t, 'mandoc', 'groff')) return;
    const file = unpacked(place);

    const mandoc = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', file], { encoding: 'utf8' });
    const groff = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z', file], { encoding: 'utf8' });

    assert.deepEqual([mandoc.status, mandoc.stdout, groff.status, groff.stderr], [0, '', 0, '']);
  });
}

test('journalbridge(1) and the completion know every command and flag', (t) => {
  if (!need(t, 'mandoc')) return;
  const text = shown('man1/journalbridge.1');
  const completion = bashCompletion();

  for (const [command, flags] of Object.entries(FLAGS)) {
    assert.match(text, new RegExp(`journalbridge ${command}\\b`));
    assert.match(completion, new RegExp(`^  ${command}\\) flags=`, 'm'));
    for (const flag of Object.keys(flags)) {
      assert.match(text, new RegExp(`--${flag}\\b`), `${command} --${flag} is not in the man page`);
      assert.match(
        completion,
        new RegExp(`^  ${command}\\) .*--${flag}\\b`, 'm'),
        `${command} --${flag} is not completed`,
      );
    }
  }
});

test('journalbridge.json(5) names every option that the reference has', (t) => {
  if (!need(t, 'mandoc')) return;
  const text = shown('man5/journalbridge.json.5');
  const reference = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const keys = new Set(
    [...reference.matchAll(/^\| `([a-z][a-z0-9_.]*)` /gm)].map(([, key]) => key!.split('.').at(-1)!),
  );

  assert.ok(keys.size > 100, `${keys.size} options`);
  assert.deepEqual(
    [...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(text)),
    [],
  );
});

test('shellcheck finds no fault with what shells run', (t) => {
  if (!need(t, 'shellcheck')) return;
  const scripts = ['postinst', 'prerm', 'postrm'].map((name) => join(ROOT, 'debian', name));
  const check = (...args: string[]): string => spawnSync('shellcheck', args, { encoding: 'utf8' }).stdout;

  assert.equal(check(...scripts, join(tree, 'usr/bin/journalbridge')), '');
  assert.equal(check('--shell=bash', join(tree, 'usr/share/bash-completion/completions/journalbridge')), '');
});

test('the unit finds its program, and every unit is shipped as it is in the sources', () => {
  for (const unit of ['journalbridge.service', 'journalbridge@.service'])
    assert.equal(
      readFileSync(join(tree, 'usr/lib/systemd/system', unit), 'utf8'),
      readFileSync(join(ROOT, 'systemd', unit), 'utf8'),
    );
});

/** Which version of its package brings the symbols: https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html */
const BROUGHT_BY: Readonly<Record<string, { library: string; symbols: Readonly<Record<string, string>> }>> = {
  GLIBCXX: { library: 'libstdc++6', symbols: { 11: '3.4.29', 12: '3.4.30' } },
  CXXABI: { library: 'libstdc++6', symbols: { 11: '1.3.13', 12: '1.3.13' } },
  GCC: { library: 'libgcc-s1', symbols: { '4.2': '4.2.0' } },
  LIBATOMIC: { library: 'libatomic1', symbols: { '4.8': '1.0' } },
};

/** The oldest that is supported, Ubuntu 22.04. */
const OLDEST = { libc6: '2.35', 'libstdc++6': '12', 'libgcc-s1': '12', libatomic1: '12' };

test('every program and add-on finds its symbols in the libraries that the package depends on', () => {
  const versions = dependedVersions();
  const elfs = readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.node$|journalbridge\/node$/.test(name),
  );

  assert.ok(elfs.length >= 4, `${elfs.length} programs and add-ons`);
  for (const elf of elfs) {
    for (const [family, wanted] of Object.entries(symbolVersions(join(tree, elf)))) {
      const { library, symbols } = BROUGHT_BY[family] ?? { library: 'libc6', symbols: undefined };
      const version = versions[library] ?? assert.fail(`no dependency on ${library}`);
      const brought = symbols === undefined ? version : symbols[version]!;
      assert.ok(!isNewer(wanted, brought), `${elf} wants ${family}_${wanted}, ${library} ${version} has ${brought}`);
    }
  }
  for (const [library, version] of Object.entries(OLDEST)) assert.ok(!isNewer(versions[library]!, version), library);
});

test('each package that is depended on is one of the supported releases', () => {
  assert.deepEqual(Object.keys(dependedVersions()).sort(), [
    ...['adduser', 'init-system-helpers', 'libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6', 'systemd'],
  ]);
});

test('no program or add-on needs a library of another package', () => {
  const known = /^(lib(c|m|dl|rt|pthread)\.so\.\d|ld-linux.*|libstdc\+\+\.so\.6|libgcc_s\.so\.1|libatomic\.so\.1)$/;
  for (const name of readdirSync(tree, { recursive: true, encoding: 'utf8' })) {
    if (!/\.node$|journalbridge\/node$/.test(name)) continue;
    const headers = execFileSync('objdump', ['-p', join(tree, name)], { encoding: 'utf8' });
    const needed = [...headers.matchAll(/NEEDED +(\S+)/g)].map(([, library]) => library!);

    assert.deepEqual(
      needed.filter((library) => !known.test(library)),
      [],
      name,
    );
  }
});

/** Package and version of each dependency; no version is ''. */
function dependedVersions(): Readonly<Record<string, string>> {
  const depends = execFileSync('dpkg-deb', ['--field', path, 'Depends'], { encoding: 'utf8' });
  const parsed = depends
    .trim()
    .split(', ')
    .map((one) => /^(\S+)(?: \(>= ([^)]+)\))?$/.exec(one) ?? assert.fail(one));
  return Object.fromEntries(parsed.map(([, name, version = '']): [string, string] => [name!, version]));
}

function unpacked(place: string): string {
  const file = join(tree, place.replace('/', '-'));
  writeFileSync(file, gunzipSync(readFileSync(join(tree, 'usr/share/man', `${place}.gz`))));
  return file;
}

/** The page as a reader sees it, without emphasis and line breaks. */
function shown(place: string): string {
  const text = execFileSync('mandoc', ['-T', 'ascii', '-O', 'width=200', unpacked(place)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/.\x08/g, '').replaceAll(/\s+/g, ' ');
}

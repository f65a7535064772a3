import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bashCompletion } from './bash-completion.ts';
import { changelogTime, changelogVersion } from './changelog.ts';
import { copyrightFile } from './copyright.ts';
import { programManPage } from './man-program.ts';
import { manifestOf, productionPackages } from './packages.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('debian/copyright names the licence of everything that is shipped; if not: npm run copyright', () => {
  assert.equal(read('debian/copyright'), copyrightFile(root));
});

test('the package has the version of journalbridge', () => {
  const changelog = read('debian/changelog');

  assert.equal(changelogVersion(changelog), manifestOf(root).version);
  assert.ok(changelogTime(changelog) > 0);
});

test('nothing that compiles or tests is shipped', () => {
  const names = productionPackages(root).map(({ name }) => name);

  for (const name of ['typescript', 'eslint', 'node-gyp', 'nan', 'fast-check']) assert.ok(!names.includes(name), name);
  for (const name of ['re2', 'kafkajs', 'undici']) assert.ok(names.includes(name), name);
});

for (const script of ['postinst', 'prerm', 'postrm']) {
  test(`a shell can read ${script}`, () => {
    execFileSync('sh', ['-n', join(root, 'debian', script)]);
  });
}

for (const [line, wanted] of [
  ['journalbridge st', 'status'],
  ['journalbridge status --max', '--max-lag'],
  ['journalbridge check --co', '--connect'],
] as const) {
  test(`bash completes "${line}" to ${wanted}`, () => {
    const words = line.split(' ');
    const ask = [
      `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _journalbridge`,
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ];

    const answer = execFileSync('bash', ['--norc', '-c', [bashCompletion(), ...ask].join('\n')], { encoding: 'utf8' });

    assert.deepEqual(answer.trim().split('\n'), [wanted]);
  });
}

test('on the man page each command and flag has all of its explanation', () => {
  const lines = programManPage('2026-01-01').split('\n');

  const [of] = lines.flatMap((line, n) => (line.includes('\\-\\-max\\-lag') ? [lines.slice(n - 2, n + 3)] : []));
  assert.deepEqual(
    of?.map((line) => line.slice(0, 3)),
    ['.RS', '.TP', '\\fB', 'a s', '.RE'],
  );
  assert.match(lines.join('\n'), /a file, env:NAME or credential:NAME; several are tried in turn\n\.RE/);
  assert.match(lines.join('\n'), /(sender S|\\-\\-sender S)\S*\nsend again what/);
});

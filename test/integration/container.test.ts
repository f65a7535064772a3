import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hadolint } from '../support/hadolint.ts';
import { need } from '../support/need.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('hadolint finds no fault with the Dockerfile', (t) => {
  if (!need(t, 'hadolint')) return;

  const { status, stdout, stderr } = spawnSync(hadolint, ['--failure-threshold', 'style', 'Dockerfile'], {
    cwd: root,
    encoding: 'utf8',
  });

  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
});

test('hadolint is not asked to overlook what is wrong', (t) => {
  if (!need(t, 'hadolint')) return;

  const { status, stdout } = spawnSync(hadolint, ['-'], { input: 'FROM debian\nRUN cd /x\n', encoding: 'utf8' });

  assert.equal(status, 1);
  assert.match(stdout, /DL3006/);
});

test('the container is made of the package of this version, and holds nothing else of the sources', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };

  assert.match(read('Dockerfile'), new RegExp(`^ARG VERSION=${version.replaceAll('.', '\\.')}$`, 'm'));
  assert.doesNotMatch(read('Dockerfile'), /^(COPY|ADD) /m);
  const lines = read('.dockerignore').split('\n');
  assert.deepEqual(
    lines.filter((line) => line !== '' && !line.startsWith('#')),
    ['*', '!dist/', 'dist/*', '!dist/journalbridge_*.deb'],
  );
});

test('it runs as nobody of importance, is asked how it is, and ends in order', () => {
  const text = read('Dockerfile');

  assert.match(text, /^USER 700:700$/m);
  assert.match(text, /^STOPSIGNAL SIGTERM$/m);
  assert.match(text, /^HEALTHCHECK [^]*CMD \["\/usr\/bin\/journalbridge", "status", /m);
});

for (const mount of [
  '/var/log/journal:/var/log/journal:ro',
  '/run/log/journal:/run/log/journal:ro',
  '/etc/machine-id:/etc/machine-id:ro',
  ':/etc/journalbridge/journalbridge.json:ro',
  ':/var/lib/journalbridge',
]) {
  test(`the mount ${mount} is documented`, () => {
    assert.ok(read('docs/operations.md').includes(mount));
  });
}

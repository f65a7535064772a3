import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { lackOf, isInstalled, programs } from './requirements.ts';

const setup = (env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'setup.ts')], { encoding: 'utf8', env });

const built = ['statsd_exporter', 'toxiproxy', 'kafka'] as const;
const isComplete = Object.values(programs).every(isInstalled) && built.every((name) => lackOf(name) === undefined);

test('the set-up is silent when all is there', { skip: !isComplete && 'not all is there' }, () => {
  const { status, stderr } = setup(process.env);

  assert.equal(status, 0);
  assert.equal(stderr, '');
});

for (const { unattended, status } of [
  { unattended: false, status: 0 },
  { unattended: true, status: 1 },
]) {
  test(`the set-up names what it cannot install and ends with ${status} (unattended: ${unattended})`, () => {
    // nothing is found in this PATH, apt-get neither
    const end = setup({ PATH: '/nowhere', ...(unattended && { CI: 'true' }) });

    assert.equal(end.status, status);
    assert.match(end.stderr, /Some tests .*: journalctl \(package systemd\) for reading journals; /);
    assert.match(end.stderr, /apt-get install systemd .*perl-base/);
  });
}

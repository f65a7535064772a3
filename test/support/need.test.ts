import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const source = `
  import { test } from 'node:test';
  import { need } from '${join(import.meta.dirname, 'need.ts')}';
  test('needy', (t) => { if (need(t, 'perl', 'tmpfs')) throw new Error('went on'); });`;

for (const unattended of [false, true]) {
  test(`a test whose needs are not met is ${unattended ? 'failed' : 'skipped'} with the reason`, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'need-'));
    const file = join(folder.path, 'needy.ts');
    await writeFile(file, source);
    const env = { PATH: '/nowhere', ...(unattended && { CI: 'true' }) };

    const { stdout, status } = spawnSync(process.execPath, ['--test', file], { encoding: 'utf8', env });

    assert.equal(status, unattended ? 1 : 0);
    assert.match(stdout, unattended ? /fail 1/ : /skipped 1/);
    assert.match(stdout, /perl \(Debian package perl-base\) is missing, mount \(Debian package mount\) is missing/);
  });
}

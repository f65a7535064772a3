import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { borrowCredentials } from './borrow-credentials.ts';

beforeEach(() => {
  delete process.env['CREDENTIALS_DIRECTORY'];
});

for (const { config, unit } of [
  { config: '/etc/journalbridge/journalbridge.json', unit: 'journalbridge.service' },
  { config: '/etc/journalbridge/audit.json', unit: 'journalbridge@audit.service' },
  { config: '/home/me/try.json', unit: 'journalbridge.service' },
]) {
  test(`${config} is looked at with the credentials of ${unit}`, async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'borrow-'));
    await mkdir(join(folder.path, unit));

    await borrowCredentials(config, folder.path);

    assert.equal(process.env['CREDENTIALS_DIRECTORY'], join(folder.path, unit));
  });
}

test('credentials of our own count more, and where there are none there are none', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'borrow-'));
  const config = '/etc/journalbridge/journalbridge.json';

  await borrowCredentials(config, folder.path);
  assert.equal(process.env['CREDENTIALS_DIRECTORY'], undefined);

  await mkdir(join(folder.path, 'journalbridge.service'));
  process.env['CREDENTIALS_DIRECTORY'] = '/our/own';
  await borrowCredentials(config, folder.path);
  assert.equal(process.env['CREDENTIALS_DIRECTORY'], '/our/own');
});

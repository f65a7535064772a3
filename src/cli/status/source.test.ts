import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { findStatusSource } from './source.ts';

test('a relative state path is told in full: a daemon that runs elsewhere has another one', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'status-'));
  const path = join(folder.path, 'config.json');
  const config = { json_state_file_path: 'state.json', readers: { r: { senders: {} } } };
  await writeFile(path, JSON.stringify(config));

  const { statePath } = await findStatusSource(path);

  assert.equal(statePath, resolve('state.json'));
});

import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { loadConfig } from './load.ts';

/** A file with these bytes; the folder goes with the test. */
async function fileOf(content: string | Buffer) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'load-file-'));
  const path = join(folder.path, 'config.json');
  await writeFile(path, content, { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => folder.remove() };
}

async function assertUnusable(path: string, reason: string): Promise<void> {
  await assert.rejects(loadConfig(path), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.faults, [{ path: '', message: `${path}: ${reason}` }]);
    return true;
  });
}

test('reads a file with a byte order mark', async () => {
  await using file = await fileOf('\ufeff{"readers": {"ä": {}}}');

  const { config } = await loadConfig(file.path);

  assert.deepEqual(Object.keys(config.readers), ['ä']);
});

test('names a missing file', async () => {
  await assertUnusable('/nowhere/x.json', 'cannot be read: there is no such file');
  await assertUnusable('/dev/null/x.json', 'cannot be read: there is no such file');
});

test('names a directory', async () => {
  await assertUnusable(tmpdir(), 'cannot be read: it is a directory; name the file in it');
});

test('names a path that cannot be one', async () => {
  await assertUnusable(`/${'x'.repeat(300)}`, 'cannot be read: the name is too long');
  await assert.rejects(loadConfig('a\0b'), ConfigError);
});

test('names a file that it may not read', async () => {
  await using file = await fileOf('{}');
  const { geteuid, seteuid } = process;
  const user = geteuid?.() ?? 0;

  // As root nothing is forbidden, so the test steps down for a moment.
  try {
    if (user === 0) seteuid?.(65_534);
    const path = user === 0 ? file.path : '/proc/1/environ';
    const remedy = 'permission denied; let the user that runs journalbridge read it';
    await assertUnusable(path, `cannot be read: ${remedy}`);
  } finally {
    if (user === 0) seteuid?.(0);
  }
});

test('names the line that is no UTF-8', async () => {
  await using file = await fileOf(Buffer.from('{"a": "ä",\n"b": "\u00e4"}', 'latin1'));
  await using later = await fileOf(Buffer.concat([Buffer.from('{\n\n"a": "ä'), Buffer.from([0xff])]));

  await assertUnusable(file.path, 'line 1 is not valid UTF-8; save the file as UTF-8');
  await assertUnusable(later.path, 'line 3 is not valid UTF-8; save the file as UTF-8');
});

test('does not swallow what is too large for a config', async () => {
  await assertUnusable('/dev/zero', 'larger than 16 MiB: this is no config');
});

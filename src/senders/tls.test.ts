import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NotConnectedError } from '../errors.ts';
import { readTls, tlsFaults } from './tls.ts';

test('reads the files that are named, and leaves out the others', async (t) => {
  const folder = await mkdtempDisposable(join(tmpdir(), 'tls-'));
  t.after(() => folder.remove());
  await writeFile(join(folder.path, 'ca.pem'), 'authority');

  assert.deepEqual(await readTls({ ca: join(folder.path, 'ca.pem') }), { ca: Buffer.from('authority') });
});

test('a file that cannot be read is named with its option, and may be there later', async () => {
  await assert.rejects(readTls({ certfile: '/nonexistent/c', keyfile: undefined }), (error) => {
    assert.ok(error instanceof NotConnectedError);
    assert.match(error.message, /"certfile", \/nonexistent\/c/);
    return true;
  });
});

test('a certificate needs its key, and the other way round', () => {
  const faults = [{}, { certfile: 'c', keyfile: 'k' }, { certfile: 'c' }, { keyfile: 'k' }].map(tlsFaults);

  assert.deepEqual(
    faults.map(([fault]) => fault?.key),
    [undefined, undefined, 'certfile', 'keyfile'],
  );
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NotConnectedError } from '../errors.ts';
import { makeCertificates } from '../../test/support/certificates.ts';
import { need } from '../../test/support/need.ts';
import { pointlessTls, readTls, tlsFaults, tlsTrouble } from './tls.ts';

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

for (const { title, make, why } of [
  {
    title: 'a pipe that nobody writes to',
    make: (path: string) => execFileSync('mkfifo', [path]),
    why: /it is no regular file/,
  },
  {
    title: 'a device without an end',
    make: (path: string) => symlink('/dev/zero', path),
    why: /it is no regular file/,
  },
  {
    title: 'a file that is far too large',
    make: (path: string) => writeFile(path, Buffer.alloc(2 ** 21)),
    why: /it is larger than 1048576 bytes/,
  },
]) {
  test(`${title} holds up no connection`, { timeout: 60_000 }, async (t) => {
    const folder = await mkdtempDisposable(join(tmpdir(), 'tls-'));
    t.after(() => folder.remove());
    const ca = join(folder.path, 'ca.pem');
    await make(ca);

    await assert.rejects(readTls({ ca }), (error) => {
      assert.ok(error instanceof NotConnectedError);
      assert.match(error.message, /^the file of "ca", .*ca\.pem, cannot be read: /);
      assert.match(error.message, why);
      return true;
    });
  });
}

test('what is given for TLS without TLS is told, each of it', () => {
  const found = pointlessTls({ ca: 'a', keyfile: 'k' }, 'set "ssl"');

  assert.deepEqual(
    found.map(({ key, message }) => `${key}: ${message}`),
    ['ca', 'keyfile'].map((key) => `${key}: has no effect: the connection is not encrypted; set "ssl"`),
  );
});

test('a certificate needs its key, and the other way round', () => {
  const faults = [{}, { certfile: 'c', keyfile: 'k' }, { certfile: 'c' }, { keyfile: 'k' }].map(tlsFaults);

  assert.deepEqual(
    faults.map(([fault]) => fault?.key),
    [undefined, undefined, 'certfile', 'keyfile'],
  );
});

test('a key that belongs to another certificate is told with both files, and what to do', async (t) => {
  if (!need(t, 'openssl')) return;
  const folder = await mkdtempDisposable(join(tmpdir(), 'tls-'));
  t.after(() => folder.remove());
  const { server, client } = await makeCertificates(folder.path);

  const trouble = await tlsTrouble({ certfile: server.certfile, keyfile: client.keyfile });

  assert.equal(
    trouble,
    `the key in ${client.keyfile} ("keyfile") does not belong to the certificate in ${server.certfile} ("certfile"): put the two of one pair there`,
  );
  assert.equal(await tlsTrouble(server), undefined);
});

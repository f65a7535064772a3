import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../certificates.ts';
import { need } from '../need.ts';
import { GulpManager } from './manager.ts';

test('GulpManager speaks HTTPS, and insists on a client certificate if it was told to', async (t) => {
  if (!need(t, 'openssl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'gulp-'));
  const { ca, server, client } = await makeCertificates(folder.path);
  const pem = (path: string) => readFile(path, 'utf8');
  const tls = { cert: await pem(server.certfile), key: await pem(server.keyfile), clientCa: await pem(ca) };
  await using manager = await GulpManager.start({ tls });
  const own = { cert: await pem(client.certfile), key: await pem(client.keyfile) };
  const statusOf = async (more: object) => {
    const request = get(`${manager.url}/version`, { ca: tls.clientCa, agent: false, ...more });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };

  assert.equal(await statusOf(own), 400);
  await assert.rejects(statusOf({}));
});

import assert from 'node:assert/strict';
import { copyFile, mkdtempDisposable, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../../test/support/certificates.ts';
import { need } from '../../test/support/need.ts';
import { ConfigError } from '../errors.ts';
import { compareReaders } from './changes.ts';
import { loadConfig } from './load.ts';
import { refuseSpoiltFiles } from './named-files.ts';
import type { Config } from './schema.ts';

const kinds: Readonly<Record<string, object>> = {
  kafka: { kafka_address: 'k', kafka_topic: 't', ssl: true },
  websocket: { websocket_uri: 'wss://x' },
  elasticsearch: { elasticsearch_url: 'https://x' },
  opensearch: { opensearch_url: 'https://x' },
};

for (const [output_type, keys] of Object.entries(kinds)) {
  test(`a certificate of ${output_type} that was renewed in its place changes the reader, and nothing else does`, async (t) => {
    const folder = await mkdtempDisposable(join(tmpdir(), 'named-'));
    t.after(() => folder.remove());
    const [ca, certfile, keyfile] = ['ca', 'cert', 'key'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    const file = join(folder.path, 'config.json');
    const sender = { output_type, ...keys, ca, certfile, keyfile };
    const other = { output_type, ...keys };
    const readers = { r: { senders: { s: sender } }, q: { senders: { s: other } } };
    await writeFile(file, JSON.stringify({ readers }));
    for (const path of [ca, certfile, keyfile]) await writeFile(path, 'old');
    const load = async () => (await loadConfig(file)).config;
    const first = await load();

    assert.deepEqual(compareReaders(first, await load()).changed, []);
    for (const path of [ca, certfile, keyfile]) {
      const before = await load();
      await writeFile(path, `new ${path}`);
      assert.deepEqual(compareReaders(before, await load()).changed, ['r'], path);
    }
    await unlink(ca);
    assert.deepEqual(compareReaders(first, await load()).kept, ['q']);
  });
}

test('certificates that have changed and cannot be used are refused by a reload, those that were so before are not', async (t) => {
  if (!need(t, 'openssl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'named-'));
  const { ca, client, server } = await makeCertificates(folder.path);
  const [own, file] = [join(folder.path, 'own-ca.pem'), join(folder.path, 'config.json')];
  const sender = { output_type: 'websocket', websocket_uri: 'wss://x', ca: own, ...client };
  await writeFile(file, JSON.stringify({ readers: { r: { senders: { s: sender } } } }));
  await copyFile(ca, own);
  const load = async () => (await loadConfig(file)).config;
  const refused = async (before: Config): Promise<string> =>
    refuseSpoiltFiles(before, await load()).then(
      () => 'no',
      (error: unknown) => (error instanceof ConfigError ? error.message : String(error)),
    );
  const first = await load();

  assert.equal(await refused(first), 'no');
  await writeFile(own, 'no certificate');
  assert.match(await refused(first), /^readers\.r\.senders\.s: its certificates have changed and cannot be used: /);
  assert.equal(await refused(await load()), 'no');
  await unlink(own);
  assert.match(await refused(first), /does not exist/);
  await copyFile(ca, own);
  await copyFile(server.certfile, client.certfile);
  assert.match(await refused(first), /does not belong to the certificate/);
  await copyFile(server.keyfile, client.keyfile);
  assert.equal(await refused(first), 'no');
});

import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { compareReaders } from './changes.ts';
import { parseConfig } from './load.ts';

const KEY = 'q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=';
const at = 'readers.r.senders.s.encrypt';

function load(encrypt: unknown) {
  const s = { output_type: 'file', file_output: '/nowhere/x', encrypt };
  return parseConfig('x.json', JSON.stringify({ readers: { r: { senders: { s } } } }));
}

async function faultsOf(encrypt: unknown): Promise<string[]> {
  const error: unknown = await load(encrypt).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ConfigError ? error.faults.map(({ path, message }) => `${path}: ${message}`) : [];
}

test('every sender may encrypt, by AES-256-GCM unless told otherwise', async () => {
  const { config } = await load({ key: KEY, key_id: '2026-01' });

  assert.deepEqual(config.readers['r']?.senders['s']?.encrypt, {
    algorithm: 'aes-256-gcm',
    key: KEY,
    key_id: '2026-01',
  });
});

for (const [title, encrypt, fault] of [
  ['no key', { key_id: 'k' }, `${at}: "key" is missing`],
  ['no key id', { key: KEY }, `${at}: "key_id" is missing`],
  ['another algorithm', { algorithm: 'rot13', key: KEY, key_id: 'k' }, `${at}.algorithm: must be`],
  [
    'a password for a key',
    { key: 'hunter2-hunter2', key_id: 'k' },
    `${at}.key: must be 32 bytes as base64 or as 64 hexa`,
  ],
  ['a key id with a line end', { key: KEY, key_id: 'a\nb' }, `${at}.key_id: must be 1 to 128 characters long`],
] as const) {
  test(`${title} is one fault, at the key, without a secret`, async () => {
    const faults = await faultsOf(encrypt);

    assert.equal(faults.length, 1, faults.join('\n'));
    assert.ok(faults[0]!.startsWith(fault), String(faults));
    assert.ok(!faults[0]!.includes('hunter2') && !faults[0]!.includes(KEY));
  });
}

test('a key in a file that is none is told, and not shown', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'encrypt-'));
  const file = join(folder.path, 'key');
  await writeFile(file, 'hunter2-hunter2\n');
  const wrong = await faultsOf({ key: { file }, key_id: 'k' });
  await writeFile(file, `${KEY}\n`);

  const { config } = await load({ key: { file }, key_id: 'k' });

  assert.deepEqual(wrong, [
    `${at}.key: the value it names cannot be used: it must be 32 bytes as base64 or as 64 hexadecimal digits`,
  ]);
  assert.equal(config.readers['r']?.senders['s']?.encrypt?.key, KEY);
});

test('a reader whose sender has another key begins anew at a reload', async () => {
  const [one, other] = await Promise.all([KEY, KEY.toLowerCase()].map((key) => load({ key, key_id: 'k' })));

  assert.deepEqual(compareReaders(one!.config, other!.config).changed, ['r']);
});

test('a key that is none hides no other fault of its sender, nor of another', async () => {
  const senders = {
    s: {
      output_type: 'elasticsearch',
      elasticsearch_url: 'https://h',
      certfile: '/c',
      encrypt: { key: 'x', key_id: 'k' },
    },
    t: { output_type: 'websocket', websocket_uri: 'wss://h', keyfile: '/k', typo: 1 },
  };
  const error: unknown = await parseConfig('x.json', JSON.stringify({ readers: { r: { senders } } })).catch(
    (e: unknown) => e,
  );

  assert.ok(error instanceof ConfigError);
  assert.deepEqual(error.faults.map(({ path }) => path).sort(), [
    'readers.r.senders.s.certfile',
    'readers.r.senders.s.encrypt.key',
    'readers.r.senders.t',
    'readers.r.senders.t.keyfile',
  ]);
});

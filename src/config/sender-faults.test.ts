import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../errors.ts';
import { parseConfig } from './load.ts';

const key = Buffer.alloc(32, 7).toString('base64');

async function faultsOf(sender: object): Promise<string[]> {
  const text = JSON.stringify({ readers: { r: { senders: { s: sender } } } });
  const error: unknown = await parseConfig('c.json', text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ConfigError ? error.faults.map(({ path, message }) => `${path}: ${message}`) : [];
}

for (const { title, sender, fault } of [
  {
    title: 'a certificate without its key',
    sender: { output_type: 'elasticsearch', elasticsearch_url: 'https://h', certfile: '/c' },
    fault: /^readers\.r\.senders\.s\.certfile: needs "keyfile" beside it$/,
  },
  {
    title: 'encryption where the fields are needed',
    sender: {
      output_type: 'gulp',
      user_id: 'u',
      password: 'p',
      url_server: 'http://127.0.0.1:1',
      bridge_url: 'http://127.0.0.1',
      bridge_port: 1,
      bridge_name: 'b',
      encrypt: { algorithm: 'aes-256-gcm', key, key_id: 'k' },
    },
    fault: /^readers\.r\.senders\.s\.encrypt: gulp has to see the fields/,
  },
]) {
  test(`${title} is told at its option`, async () => {
    const faults = await faultsOf(sender);

    assert.equal(faults.length, 1);
    assert.match(faults[0]!, fault);
  });
}

test('a disabled sender is left alone', async () => {
  const sender = { output_type: 'elasticsearch', elasticsearch_url: 'https://h', certfile: '/c', enabled: false };

  assert.deepEqual(await faultsOf(sender), []);
});

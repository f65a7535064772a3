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

test('a format for what makes documents of its own is warned of', async () => {
  const gulp = {
    output_type: 'gulp',
    user_id: 'u',
    password: 'p',
    url_server: 'http://127.0.0.1:1',
    tasks: [{ operation_id: 'op1' }],
  };
  const load = async (own: object): Promise<string[]> => {
    const text = JSON.stringify({ readers: { r: { senders: { s: { ...gulp, ...own } } } } });
    const { warnings } = await parseConfig('c.json', text);
    return warnings
      .map(({ path, message }) => `${path}: ${message}`)
      .filter((warning) => warning.includes('no effect'));
  };

  const [warning, ...others] = await load({ format: 'ecs' });

  assert.match(warning!, /^readers\.r\.senders\.s\.format: has no effect: gulp makes documents of its own/);
  assert.deepEqual(others, []);
  assert.deepEqual(await load({}), []);
});

test('addresses of Gulp that look right and are none are told at once', async () => {
  const login = { output_type: 'gulp', user_id: 'u', password: 'p' };

  const faults = await faultsOf({ ...login, url_server: 'http://[', bridge_url: 'http://h:99999999' });

  assert.deepEqual(
    faults.map((fault) => fault.replace(/: is no address that can be understood.*/, '')),
    ['readers.r.senders.s.url_server', 'readers.r.senders.s.bridge_url'],
  );
});

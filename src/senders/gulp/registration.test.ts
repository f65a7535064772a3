import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GulpManager } from '../../../test/support/gulp/manager.ts';
import { NotConnectedError } from '../../errors.ts';
import { createLog } from '../../telemetry/log.ts';
import { Client } from './client.ts';
import type { GulpOptions } from './options.ts';
import { register, sha256, type Registered } from './registration.ts';

const PASSWORD = 'Bridge-Pass1';
const never = new AbortController().signal;
const identity = { name: 'one', url: 'http://127.0.0.1:9', id: 'af7e1d04' };

/** What comes of registering as this user. */
async function registered(manager: GulpManager, user: string): Promise<Registered> {
  const log = createLog({ write: () => undefined });
  const client = new Client({ url_server: manager.url, user_id: user, password: PASSWORD } as GulpOptions, log);
  const [known] = manager.listBridges();
  const own = known === undefined ? identity : { ...identity, id: known.id };
  try {
    return await register(client, own, { server: manager.url, log }, never);
  } finally {
    await client.close();
  }
}

async function startManager(): Promise<GulpManager> {
  const manager = await GulpManager.start();
  for (const user of ['bridge', 'other']) manager.addUser(user, { password: PASSWORD });
  return manager;
}

test('the first time a bridge is made known with a token of 256 bits, of which only the digest is kept', async () => {
  await using manager = await startManager();

  const { registration, isNew } = await registered(manager, 'bridge');

  const [bridge] = manager.listBridges();
  assert.ok(isNew);
  assert.equal(Buffer.from(bridge!.bridge_token, 'base64url').length, 32);
  assert.equal(registration.token_sha256, sha256(bridge!.bridge_token));
  assert.ok(!JSON.stringify(registration).includes(bridge!.bridge_token));
  assert.equal(registration.bridge_id, bridge!.id);
});

test('Gulp may call by the token as soon as it has it: its digest is announced before', async () => {
  await using manager = await startManager();
  const log = createLog({ write: () => undefined });
  const client = new Client({ url_server: manager.url, user_id: 'bridge', password: PASSWORD } as GulpOptions, log);
  const announced: { digest: string; bridges: number }[] = [];
  const announce = (digest: string): void => {
    announced.push({ digest, bridges: manager.listBridges().length });
  };

  await register(client, identity, { server: manager.url, log, announce }, never);

  await client.close();
  assert.deepEqual(announced, [{ digest: sha256(manager.listBridges()[0]!.bridge_token), bridges: 0 }]);
});

test('a bridge that is known takes over the token that Gulp has', async () => {
  await using manager = await startManager();
  const first = await registered(manager, 'bridge');

  const second = await registered(manager, 'bridge');

  assert.equal(second.isNew, false);
  assert.deepEqual(second.registration, first.registration);
  assert.equal(manager.listBridges().length, 1);
});

test('a bridge that another user has made known is said to be so', async () => {
  await using manager = await startManager();
  await registered(manager, 'other');

  await assert.rejects(registered(manager, 'bridge'), (error: Error) => {
    assert.ok(error instanceof NotConnectedError);
    assert.match(error.message, /belongs to another user/);
    return true;
  });
});

test('a user that may not ingest cannot make a bridge known', async () => {
  await using manager = await startManager();
  manager.setPermission('bridge', ['read']);

  await assert.rejects(registered(manager, 'bridge'), /lacks the permission "ingest"/);
});

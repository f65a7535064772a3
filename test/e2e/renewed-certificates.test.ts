import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Place } from '../integration/place.ts';
import { makeCertificates, makeSigned } from '../support/certificates.ts';
import { Daemon } from '../support/daemon.ts';
import { Journald } from '../support/journald.ts';
import { need } from '../support/need.ts';
import { serveTls } from '../support/tls-receiver.ts';

test('SIGHUP takes a certificate that was renewed in its place into use, and nothing is lost or sent twice', async (t) => {
  if (!need(t, 'private journald', 'openssl')) return;
  await using place = await Place.make();
  await using journald = await Journald.start();
  const certificates = await makeCertificates(place.path);
  const server = await serveTls(t, certificates, { wantsClient: true });
  const ws = {
    output_type: 'websocket',
    file_output: undefined,
    websocket_uri: `wss://localhost:${server.port}`,
    compression: 'none',
    max_batch_size: 0,
    ca: certificates.ca,
    ...certificates.client,
  };
  const reader = { units_to_exclude: [], match_key: 'MARK', match_value: 'renewal' };
  const config = place.config({ reader, senders: { ws } });
  const inside = (...line: [string, ...string[]]) => journald.commandLine(...line);
  await using daemon = await Daemon.start(config, { inside });
  const numbers = () => server.frames.map((frame) => Number((JSON.parse(frame) as { SEQ: string }).SEQ));
  const ship = async (from: number) => {
    const entries = Array.from({ length: 50 }, (_, n) => ({ MESSAGE: 'm', MARK: 'renewal', SEQ: String(from + n) }));
    await journald.write(...entries);
    await daemon.waitFor(() => server.frames.length >= from + 50, `entry ${from + 50}`);
  };
  await ship(0);

  const unchanged = await daemon.reload();
  await ship(50);
  await makeSigned(place.path, 'client', 'renewed');
  const renewed = await daemon.reload();
  await ship(100);

  assert.match(unchanged, /reloaded: 1 reader goes on\./);
  assert.match(renewed, /reloaded: started anew sys\./);
  assert.deepEqual(server.clients, ['client', 'renewed']);
  assert.deepEqual(
    numbers(),
    Array.from({ length: 150 }, (_, n) => n),
  );
  assert.equal((await daemon.stop()).code, 0);
});

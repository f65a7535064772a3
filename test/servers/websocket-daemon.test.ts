import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { uncompressSync } from 'snappy';
import { WebSocketServer } from 'ws';
import { Place } from '../integration/place.ts';
import { makeCertificates } from '../support/certificates.ts';
import { command } from '../support/command.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { decrypted, makeEncryptedPlace } from '../support/encrypted.ts';
import { randomFrom } from '../support/entries.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { checkSequence, sequenceOf, type JsonLine } from '../support/lines.ts';
import { need } from '../support/need.ts';
import { freePorts } from '../support/ports.ts';
import { serveTls } from '../support/tls-receiver.ts';

const ENTRIES = 20_000;
const KILLS = 5;
const TOKEN = 'token-that-nobody-may-see';

interface Receiver {
  readonly uri: string;
  readonly lines: string[];
  /** How often somebody has connected. */
  readonly connections: () => number;
}

/** A receiver that keeps what it gets, and acknowledges each frame if it is asked to. */
async function receive(t: TestContext, token?: string): Promise<Receiver> {
  const verifyClient = ({ req }: { req: IncomingMessage }) =>
    token === undefined || req.headers.authorization === `Bearer ${token}`;
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient });
  const lines: string[] = [];
  let connections = 0;
  server.on('connection', (socket, { headers }) => {
    connections++;
    let sequence = 1;
    socket.on('message', (frame) => {
      // At once: a pong that goes out before says that these are here.
      lines.push(...String(uncompressSync(frame as Buffer)).split('\0'));
      if (headers['journalbridge-first-sequence'] !== undefined) socket.send(JSON.stringify({ ack: sequence++ }));
    });
  });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { uri: `ws://127.0.0.1:${portOf(server)}`, lines, connections: () => connections };
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

function websocket(uri: string, more: object = {}): object {
  return { output_type: 'websocket', file_output: undefined, websocket_uri: uri, ...more };
}

for (const websocket_ack of [true, false]) {
  const title = websocket_ack ? 'acknowledgements of its own' : 'pongs alone';
  test(`${KILLS} kills with ${title} lose nothing, and repeat only what was sent since the state was saved`, async (t) => {
    if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
    const random = randomFrom(7);
    await using place = await Place.make();
    const { uri, lines } = await receive(t);
    const reader = { journal_path: await cachedJournal({ count: ENTRIES }), msg_buffer_max_length: 100 };
    const senders = { out: websocket(uri, { websocket_ack, max_batch_size: 2000 }) };
    const config = place.config({ reader, senders, top: { state_save_interval: 0.5 } });
    const saved: number[] = [];

    for (let kill = 0; kill < KILLS; kill++) {
      const goal = lines.length + Math.floor((random() * ENTRIES) / KILLS) + 1;
      await using daemon = await Daemon.start(config);
      await daemon.waitFor(() => lines.length >= goal, `line ${goal}`);
      await daemon.kill9();
      // Killed before the first save there is no state.
      const state = await place.state().catch(() => undefined);
      saved.push(state?.readers['sys']?.senders['out']?.sent.count ?? 0);
      assert.ok(saved.at(-1)! <= lines.length, 'the state is ahead of the receiver');
    }
    const { code, stderr } = await runOnce(config);

    assert.equal(code, 0, stderr);
    const report = checkSequence(sequenceOf(lines.map((line) => JSON.parse(line) as JsonLine)), ENTRIES);
    assert.deepEqual([report.missing, report.skips], [[], []]);
    assert.ok(report.seams.length > 0, 'no kill came between a frame and a save: the test tests nothing');
    for (const { to } of report.seams) assert.ok(saved.includes(to), `it begins again with ${to}: ${saved.join()}`);
  });
}

test('what a receiver holds encrypted comes back as a plain sender has it', async (t) => {
  if (!need(t, 'journalctl', 'systemd-journal-remote')) return;
  const { place, keyFile, encrypt } = await makeEncryptedPlace();
  await using _ = place;
  const { uri, lines } = await receive(t);
  const reader = { journal_path: await cachedJournal({ count: 400 }) };

  const { code, stderr } = await runOnce(
    place.config({ reader, senders: { out: {}, ws: websocket(uri, { encrypt }) } }),
  );

  assert.equal(code, 0, stderr);
  const plain = (await readFile(place.output(), 'utf8')).split('\n').slice(0, -1);
  assert.deepEqual(await decrypted(place, keyFile, lines), plain);
});

/** What `check --connect` says of a sender. */
async function connected(sender: object): Promise<{ code: number; said: string }> {
  await using place = await Place.make();
  const path = join(place.path, 'config.json');
  await writeFile(path, JSON.stringify(place.config({ senders: { ws: sender } })), { mode: 0o600 });
  const { code, stdout, stderr } = await command(['check', '--connect', path]);
  return { code, said: stdout + stderr };
}

/** Listens, and does with each connection what it is told. */
async function listen(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `127.0.0.1:${portOf(server)}`;
}

test('check --connect finds a good receiver good, and sends it nothing', async (t) => {
  const { uri, lines, connections } = await receive(t, TOKEN);

  const { code, said } = await connected(websocket(uri, { token: TOKEN }));

  assert.equal(code, 0, said);
  assert.match(said, /sys\.ws: fine/);
  assert.deepEqual([connections(), lines], [1, []]);
});

const troubles: Readonly<Record<string, readonly [(t: TestContext) => Promise<object>, RegExp]>> = {
  'a port at which nobody listens': [
    async () => websocket(`ws://127.0.0.1:${(await freePorts(1))[0]!}`),
    /sys\.ws: cannot connect to .*the connection was refused: nothing listens there/,
  ],
  'an unknown host name': [
    () => Promise.resolve(websocket('ws://no-such-host.invalid')),
    /no-such-host\.invalid.*(there is no such host name|the DNS gave no answer)/,
  ],
  'a wrong token': [
    async (t) => websocket((await receive(t, TOKEN)).uri, { token: 'another-one' }),
    /sys\.ws: .* does not let us in \(HTTP 401\): look at "token"/,
  ],
  'a server that is no WebSocket': [
    async (t) =>
      websocket(
        `ws://${await listen(
          t,
          createHttpServer((_, response) => response.end('hello')),
        )}`,
      ),
    /sys\.ws: .*refused the WebSocket \(HTTP 200\): it is no WebSocket at this path/,
  ],
  'a server that never answers': [
    async (t) =>
      websocket(
        `ws://${await listen(
          t,
          createServer((socket) => {
            t.after(() => socket.destroy());
          }),
        )}`,
      ),
    /sys\.ws: there was no answer within 10 s/,
  ],
};

for (const [title, [make, wanted]] of Object.entries(troubles)) {
  test(`check --connect tells of ${title}`, async (t) => {
    const { code, said } = await connected(await make(t));

    assert.equal(code, 1, said);
    assert.match(said, wanted);
    assert.doesNotMatch(said, /another-one|\n\s+at /);
  });
}

test('check --connect tells of a certificate that nobody trusts and of a file that is missing', async (t) => {
  if (!need(t, 'openssl')) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'check-'));
  const certificates = await makeCertificates(folder.path);
  const { port } = await serveTls(t, certificates);
  const { ca, otherCa } = certificates;

  const good = await connected(websocket(`wss://localhost:${port}`, { ca }));
  const stranger = await connected(websocket(`wss://localhost:${port}`));
  const other = await connected(websocket(`wss://localhost:${port}`, { ca: otherCa }));
  const missing = await connected(websocket(`wss://localhost:${port}`, { ca: `${folder.path}/none.pem` }));

  assert.deepEqual([good.code, stranger.code, other.code, missing.code], [0, 1, 1, 1]);
  for (const { said } of [stranger, other]) assert.match(said, /its certificate is signed by nobody we trust/);
  assert.match(missing.said, /the file of "ca", .*none\.pem, does not exist/);
});

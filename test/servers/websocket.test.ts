import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test, type TestContext } from 'node:test';
import { WebSocketServer } from 'ws';
import { messageOf, NotConnectedError } from '../../src/errors.ts';
import type { WebsocketOptions } from '../../src/senders/websocket/options.ts';
import { Place } from '../integration/place.ts';
import { makeCertificates, type Certificates } from '../support/certificates.ts';
import { endChild, leashed } from '../support/child.ts';
import { Daemon, runOnce } from '../support/daemon.ts';
import { cachedJournal } from '../support/journal-cache.ts';
import { need } from '../support/need.ts';
import { freePorts } from '../support/ports.ts';
import { Toxiproxy } from '../support/toxiproxy.ts';
import { serveTls } from '../support/tls-receiver.ts';
import { until } from '../support/until.ts';
import { batchOfLines, websocketSender } from '../support/websocket-sender.ts';

const never = new AbortController().signal;
const quick = { answerMs: 500, keepAliveMs: 200 };

const folder = await mkdtempDisposable(join(tmpdir(), 'websocket-'));
after(() => folder.remove());
let certificates: Promise<Certificates> | undefined;
const certified = () => (certificates ??= makeCertificates(folder.path));

const senderTo = (t: TestContext, uri: string, own: Partial<WebsocketOptions> = {}) =>
  websocketSender(t, { compression: 'none', websocket_uri: uri, ...own }, quick);

for (const { title, scheme, own } of [
  { title: 'wss:// with an authority of its own', scheme: 'wss', own: {} },
  { title: 'ws:// with "ssl": true', scheme: 'ws', own: { ssl: true } },
  { title: 'wss:// with a client certificate', scheme: 'wss', own: { client: true } },
]) {
  test(`delivers over ${title}`, async (t) => {
    if (!need(t, 'openssl')) return;
    const { client, ...rest } = own as { client?: true; ssl?: boolean };
    const { ca, client: files } = await certified();
    const server = await serveTls(t, await certified(), { wantsClient: client === true });
    const sender = senderTo(t, `${scheme}://localhost:${server.port}`, { ca, ...rest, ...(client && files) });

    await sender.connect(never);
    await sender.send(batchOfLines('{"a":1}'), never);

    assert.deepEqual(server.frames, ['{"a":1}']);
    assert.deepEqual(server.clients, [client === true ? 'client' : 'undefined']);
  });
}

for (const { title, host, own, message } of [
  { title: 'an unknown authority', host: 'localhost', own: () => ({}), message: /signed by nobody we trust/ },
  {
    title: 'a certificate for another name',
    host: '127.0.0.2',
    own: ({ ca }: Certificates) => ({ ca }),
    message: /for another name/,
  },
  {
    title: 'a missing client certificate',
    host: 'localhost',
    own: ({ ca }: Certificates) => ({ ca }),
    message:
      /client certificate|does not accept our certificate|refused the TLS handshake|was reset|was closed|hang up/,
  },
]) {
  test(`${title} is told in a sentence`, async (t) => {
    if (!need(t, 'openssl')) return;
    const certs = await certified();
    const server = await serveTls(t, certs, { wantsClient: title.includes('client') });
    const [port] = (await freePorts(1)) as [number];
    const proxy = createForward(port, server.port, host);
    t.after(() => proxy.close());
    const sender = senderTo(t, `wss://${host}:${host === 'localhost' ? server.port : port}`, own(certs));

    await assert.rejects(
      (async () => {
        await sender.connect(never);
        await sender.send(batchOfLines('{}'), never);
      })(),
      (error: Error) => error instanceof NotConnectedError && message.test(error.message),
    );
  });
}

/** The same server at an address that its certificate does not know. */
function createForward(port: number, to: number, host: string) {
  const server = createTcpServer((socket) => {
    const onward = connect(to, '127.0.0.1');
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  return server.listen(port, host);
}

async function startMicrosocks(t: TestContext): Promise<number> {
  const [port] = (await freePorts(1)) as [number];
  const [command, ...args] = leashed('microsocks', '-i', '127.0.0.1', '-p', String(port), '-u', 'me', '-P', 'pass');
  const child = spawn(command, args, { stdio: 'ignore' });
  t.after(() => endChild(child));
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy();
          resolve(true);
        }).on('error', () => {
          resolve(false);
        });
      }),
    { what: 'microsocks' },
  );
  return port;
}

test('goes through a SOCKS5 proxy, with TLS inside, and leaves nothing open when a handshake fails', async (t) => {
  if (!need(t, 'openssl', 'microsocks')) return;
  const certs = await certified();
  const { ca } = certs;
  const server = await serveTls(t, certs);
  const port = await startMicrosocks(t);
  const uri = `wss://localhost:${server.port}`;
  const login = (password: string) => `socks5://me:${password}@127.0.0.1:${port}`;
  const sender = senderTo(t, uri, { ca, socks5_proxy: login('pass') });
  const untrusting = senderTo(t, uri, { socks5_proxy: login('pass') });
  const stranger = senderTo(t, uri, { ca, socks5_proxy: login('wrong-one') });

  await sender.connect(never);
  await sender.send(batchOfLines('{"a":1}'), never);
  await sender.close();
  await assert.rejects(untrusting.connect(never), /signed by nobody we trust/);
  await assert.rejects(
    stranger.connect(never),
    (error: Error) => error.message.includes('leads nowhere') && !error.message.includes('wrong-one'),
  );

  assert.deepEqual(server.frames, ['{"a":1}']);
  await until(() => server.sockets.size === 0, { what: 'all connections closed' });
});

test('says when a server that is busy wants to be asked again', async (t) => {
  const server = createHttpServer((_, response) => response.writeHead(503, { 'retry-after': '7' }).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const sender = senderTo(t, `ws://127.0.0.1:${(server.address() as AddressInfo).port}`);

  await assert.rejects(
    sender.connect(never),
    (error: Error) => error instanceof NotConnectedError && error.retryAfterMs === 7000,
  );
});

test('connects anew with another token before the one it has expires', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const tokens: string[] = [];
  server.on('connection', (_, { headers }) => tokens.push(headers.authorization ?? ''));
  const jwt = {
    secret: 'of-more-than-thirty-two-bytes-in-all',
    algorithm: 'HS256',
    claims: {},
    expires_in: 10,
  } as const;
  const sender = senderTo(t, `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { jwt });
  await sender.connect(never);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 7000 });
  await sender.send(batchOfLines('{}'), never);

  t.mock.timers.setTime(Date.now() + 2000);
  await sender.send(batchOfLines('{}'), never);

  assert.equal(new Set(tokens).size, 2);
});

test('a connection that is half open is noticed, with a batch under way and without one', async (t) => {
  if (!need(t, 'toxiproxy')) return;
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await using proxy = await Toxiproxy.start(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [busy, idle] = [senderTo(t, `ws://${proxy.address}`), senderTo(t, `ws://${proxy.address}`)];
  await busy.connect(never);
  await idle.connect(never);

  await proxy.spoil({ type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } });

  await assert.rejects(busy.send(batchOfLines('{}'), never), /took nothing for 0\.5 s/);
  await until(
    () =>
      idle.send(batchOfLines(), AbortSignal.timeout(1)).then(
        () => false,
        (error: unknown) => messageOf(error).includes('no longer answers'),
      ),
    { what: 'the idle connection given up' },
  );
});

/** Python's receiver; what it has got so far. */
async function startPython(port = 0) {
  const script = join(import.meta.dirname, '../support/websocket-receiver.py');
  const [command, ...args] = leashed('/usr/bin/python3', script, String(port));
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const output = createInterface(child.stdout);
  const [first] = (await once(output, 'line')) as [string];
  output.on('line', (line) => lines.push(line));
  return { port: Number(first), lines, said: () => said, end: () => endChild(child) };
}

for (const { title, own, said } of [
  { title: 'snappy', own: {}, said: /connected snappy none/ },
  {
    title: 'deflate alone',
    own: { compression: 'none', websocket_compression: 'deflate' },
    said: /connected none permessage-deflate/,
  },
  {
    title: 'snappy within deflate',
    own: { websocket_compression: 'deflate' },
    said: /connected snappy permessage-deflate/,
  },
  { title: 'a frame for each entry', own: { max_batch_size: 0 }, said: /connected snappy none/ },
]) {
  test(`Python's websockets gets what a file gets: ${title}`, async (t) => {
    if (!need(t, 'python3-websockets', 'python3-snappy', 'journalctl', 'systemd-journal-remote')) return;
    await using place = await Place.make();
    const python = await startPython();
    t.after(() => python.end());
    const websocket = {
      output_type: 'websocket',
      file_output: undefined,
      websocket_uri: `ws://127.0.0.1:${python.port}`,
    };
    const reader = { journal_path: await cachedJournal({ count: 400 }) };

    const { code, stderr } = await runOnce(
      place.config({ reader, senders: { out: {}, ws: { ...websocket, ...own } } }),
    );

    assert.equal(code, 0, stderr);
    const expected = (await readFile(place.output(), 'utf8')).split('\n').slice(0, -1);
    await until(() => python.lines.length >= expected.length, { what: 'all lines printed' });
    assert.deepEqual(python.lines, expected);
    assert.match(python.said(), said);
  });
}

test('a receiver that is killed under load gets the rest in order when it is back', async (t) => {
  if (!need(t, 'python3-websockets', 'python3-snappy', 'journalctl', 'systemd-journal-remote')) return;
  await using place = await Place.make();
  const python = await startPython();
  const ws = {
    output_type: 'websocket',
    file_output: undefined,
    websocket_uri: `ws://127.0.0.1:${python.port}`,
    max_batch_size: 0,
    websocket_ack: true,
  };
  const reader = { journal_path: await cachedJournal({ count: 20_000 }), msg_buffer_max_length: 500 };
  await using daemon = await Daemon.start(place.config({ reader, senders: { ws } }), { once: true });
  await daemon.waitFor(() => python.lines.length > 1000, 'the load');

  await python.end();
  const again = await startPython(python.port);
  t.after(() => again.end());
  const { code, stderr } = await daemon.end;

  assert.equal(code, 0, stderr);
  const seqOf = (line: string): number => Number(/"SEQ": "(\d+)"/.exec(line)?.[1]);
  await until(() => seqOf(again.lines.at(-1) ?? '') === 19_999, { what: 'the last line' });
  const [before, later] = [python.lines.map(seqOf), again.lines.map(seqOf)];
  assert.deepEqual(
    later,
    Array.from({ length: later.length }, (_, n) => 20_000 - later.length + n),
  );
  assert.ok(later[0]! <= before.at(-1)! + 1, 'nothing is missing between the two');
});

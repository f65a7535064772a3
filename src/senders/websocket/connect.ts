import { connect as connectTcp, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { AuthenticationError, messageOf, NotConnectedError } from '../../errors.ts';
import { ownVersion } from '../../version.ts';
import { describeConnectionTrouble } from '../connection-trouble.ts';
import { parseProxy, throughProxy } from '../socks5.ts';
import { readTls } from '../tls.ts';
import type { TlsMaterial } from '../tls.ts';
import type { WebsocketOptions } from './options.ts';

/** The number of a connection's first frame. */
export const FIRST_SEQUENCE = 1;
const CONNECT_TIMEOUT_MS = 30_000;
/** Receivers have nothing to say but acknowledgements. */
const MAX_INCOMING_BYTES = 64 * 1024;
const DEFLATE = { threshold: 0, concurrencyLimit: 2, zlibDeflateOptions: { level: 6, memLevel: 8 } };

/** Opens a WebSocket, paused so that nothing it says is missed. Throws NotConnectedError or AuthenticationError. */
export async function openWebSocket(
  options: WebsocketOptions,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<WebSocket> {
  const uri = uriOf(options);
  const isSecure = uri.protocol === 'wss:';
  const tls = isSecure ? await readTls(options) : {};
  const limited = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
  let tunnel: Duplex | undefined;
  try {
    tunnel = await dial(uri, options, isSecure ? tls : undefined, limited);
    const socket = new WebSocket(uri, {
      ...tls,
      headers: headersOf(options, authorization),
      maxPayload: MAX_INCOMING_BYTES,
      // The session does it, who knows how much lies before the socket already.
      autoPong: false,
      perMessageDeflate: options.websocket_compression === 'deflate' ? DEFLATE : false,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      ...(tunnel && { createConnection: () => tunnel! }),
    });
    return await opened(socket, limited);
  } catch (error) {
    tunnel?.destroy();
    if (error instanceof NotConnectedError) throw error;
    const reason = limited.aborted ? 'it gave no answer in time' : describeConnectionTrouble(error);
    throw new NotConnectedError(`cannot connect to ${uri.host}: ${reason}`, { cause: error });
  }
}

function uriOf({ websocket_uri, ssl }: WebsocketOptions): URL {
  return new URL(ssl ? websocket_uri.replace(/^ws:/i, 'wss:') : websocket_uri);
}

/** What journalpump's receivers look at, and where the numbers of our frames begin. */
function headersOf(options: WebsocketOptions, authorization: string | undefined): Record<string, string> {
  return {
    'User-Agent': `journalbridge/${ownVersion()}`,
    'Journalpump-Batch-Size': String(options.max_batch_size),
    'Journalpump-Compression': options.compression,
    ...(options.websocket_ack && { 'Journalbridge-First-Sequence': String(FIRST_SEQUENCE) }),
    ...(authorization !== undefined && { Authorization: authorization }),
  };
}

/** A connection through the proxy, encrypted if need be; undefined where there is no proxy. */
async function dial(
  uri: URL,
  { socks5_proxy }: WebsocketOptions,
  tls: TlsMaterial | undefined,
  signal: AbortSignal,
): Promise<Duplex | undefined> {
  if (socks5_proxy === undefined) return undefined;
  const proxy = parseProxy(socks5_proxy);
  const host = uri.hostname.replace(/^\[|\]$/g, '');
  const port = uri.port === '' ? (tls === undefined ? 80 : 443) : Number(uri.port);
  const raw = connectTcp({ host: proxy.host, port: proxy.port });
  const destination = { host, port };
  await throughProxy(raw, { proxy, destination, timeoutMs: CONNECT_TIMEOUT_MS, signal }).catch((error: unknown) => {
    throw new NotConnectedError(messageOf(error), { cause: error });
  });
  if (tls === undefined) return raw;
  const secure = connectTls({ socket: raw, ...tls, ...(isIP(host) === 0 ? { servername: host, host } : { host }) });
  try {
    await once(secure, 'secureConnect', { signal });
    return secure;
  } catch (error) {
    secure.destroy();
    raw.destroy();
    throw error;
  }
}

function opened(socket: WebSocket, signal: AbortSignal): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const abort = (): void => {
    socket.terminate();
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  socket.once('open', () => {
    socket.pause();
    resolve(socket);
  });
  socket.once('unexpected-response', (request, response) => {
    reject(refusalOf(socket.url, response));
    request.destroy();
  });
  socket.on('error', reject);
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
  });
}

/** What it means that a server answered with something else than a WebSocket. */
function refusalOf(url: string, { statusCode = 0, headers }: IncomingMessage): NotConnectedError {
  const { host } = new URL(url);
  if (statusCode === 401 || statusCode === 403)
    return new AuthenticationError(
      `${host} does not let us in (HTTP ${statusCode}): look at "token", "jwt" and the client certificate`,
    );
  if (statusCode >= 300 && statusCode < 400)
    return new NotConnectedError(
      `${host} sends us elsewhere (HTTP ${statusCode}): put the final address into "websocket_uri"`,
    );
  if (statusCode === 404)
    return new NotConnectedError(`${host} has nothing at this path (HTTP 404): look at "websocket_uri"`);
  const seconds = Number(headers['retry-after']);
  const retry = seconds > 0 && seconds < 86_400 ? { retryAfterMs: seconds * 1000 } : {};
  const why = statusCode >= 500 || statusCode === 429 ? 'it cannot serve us now' : 'it is no WebSocket at this path';
  return new NotConnectedError(`${host} refused the WebSocket (HTTP ${statusCode}): ${why}`, retry);
}

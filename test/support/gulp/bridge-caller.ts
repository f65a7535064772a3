import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { dumps } from './python.ts';
import { Refusal } from './refusal.ts';
import { isObject } from './validation.ts';

/** Where a bridge listens, and how it knows the manager. */
export interface BridgeAddress {
  readonly url: string;
  readonly bridge_token: string;
}

/** How the manager calls. */
export interface CallerSettings {
  /** The whole call must be over by then; 30 s in the real one. */
  timeoutMs: number;
  /** PEM of the authorities that stand for those of the manager's system. */
  readonly ca?: string;
  /** Origins that lead to another place, as a name service or a port that is forwarded does. */
  readonly reroute: Map<string, string>;
}

/** What a bridge has answered. */
export interface BridgeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

const redirects = [301, 302, 303, 307, 308];
const maxRedirects = 10;

/** Calls a bridge as the manager does: a new connection, no second try. Rejects with what the user of the manager gets. */
export async function callBridge(
  bridge: BridgeAddress,
  path: string,
  body: unknown,
  settings: CallerSettings,
): Promise<BridgeAnswer> {
  const url = `${bridge.url.replace(/\/+$/, '')}${path}`;
  const json = body === undefined ? '' : dumps(body);
  const signal = AbortSignal.timeout(settings.timeoutMs);
  try {
    return await follow({ method: 'POST', url, token: bridge.bridge_token, json }, settings, signal);
  } catch (error) {
    if (signal.aborted) throw new Refusal(500, 'TimeoutError', '');
    throw error;
  }
}

/** What the bridge says of its health: the `status` of a JSON object, null if it has none; `offline` for all else. */
export async function askHealth(bridge: BridgeAddress, settings: CallerSettings): Promise<unknown> {
  try {
    const { status, contentType, text } = await callBridge(bridge, '/health_check', undefined, settings);
    if (status !== 200 || !/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) return 'offline';
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? (parsed['status'] ?? null) : 'offline';
  } catch {
    // the manager makes no difference between a bridge that is away and one that talks nonsense
    return 'offline';
  }
}

interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly json: string;
}

async function follow(first: Outgoing, settings: CallerSettings, signal: AbortSignal): Promise<BridgeAnswer> {
  let outgoing = first;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const { answer, location } = await exchange(outgoing, settings, signal);
    if (!redirects.includes(answer.status) || location === undefined) return answer;
    outgoing = redirected(outgoing, answer.status, location);
  }
  throw new Refusal(500, 'TooManyRedirects', `0, message='', url='${first.url}'`);
}

/** The token does not go to another origin; 301 to 303 make a GET of a POST. */
function redirected({ url, token, method, json }: Outgoing, status: number, location: string): Outgoing {
  const target = new URL(location, url);
  const stays = target.origin === new URL(url).origin;
  const body = status < 304 ? { method: 'GET', json: '' } : { method, json };
  return { ...body, url: target.href, token: stays ? token : undefined };
}

async function exchange(outgoing: Outgoing, settings: CallerSettings, signal: AbortSignal) {
  const url = parseUrl(outgoing.url);
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const ca = settings.ca === undefined ? {} : { ca: settings.ca };
  const place = new URL(settings.reroute.get(url.origin) ?? url.origin);
  const target = { host: place.hostname, port: place.port, path: `${url.pathname}${url.search}` };
  const headers = headersOf(url, outgoing);
  const request = open({ ...target, ...ca, method: outgoing.method, headers, agent: false, signal });
  // aiohttp says nothing of the connection, and closes it
  request.removeHeader('connection');
  request.end(outgoing.json);
  try {
    return await readAnswer(request);
  } catch (error) {
    throw translate(error as NodeJS.ErrnoException, url);
  }
}

async function readAnswer(request: ClientRequest) {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // a connection that breaks is told by the response already
  request.on('error', () => undefined);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const contentType = response.headers['content-type'] ?? '';
  const answer = { status: response.statusCode ?? 0, contentType, text: Buffer.concat(chunks).toString() };
  return { answer, location: response.headers.location };
}

/** In the order of aiohttp, with its spelling. */
function headersOf(url: URL, { token, json }: Outgoing): Record<string, string> {
  return {
    Host: url.host,
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    'Content-Type': 'application/json',
    Accept: '*/*',
    'Accept-Encoding': 'gzip, deflate',
    'User-Agent': 'Python/3.13 aiohttp/3.13.5',
    'Content-Length': String(Buffer.byteLength(json)),
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new Refusal(500, 'InvalidUrlClientError', text);
}

function translate(error: NodeJS.ErrnoException, url: URL): Error {
  if (error.name === 'AbortError') return error;
  if (error.code === 'ECONNRESET') return new Refusal(500, 'ServerDisconnectedError', 'Server disconnected');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const target = `Cannot connect to host ${url.hostname}:${port} ssl:default`;
  if (error.syscall === 'connect' || error.syscall === 'getaddrinfo') {
    return new Refusal(500, 'ClientConnectorError', `${target} [Connect call failed ('${url.hostname}', ${port})]`);
  }
  return new Refusal(500, 'ClientConnectorCertificateError', `${target} [${error.message}]`);
}

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { SenderContext } from '../sender.ts';
import { readTls, type TlsFiles } from '../tls.ts';
import { Callers } from './callers.ts';
import { ControlError, discardBody, readStart, readStop } from './control-request.ts';
import type { Guard } from './guard.ts';
import type { StartRequest } from './task-plan.ts';
import { ParameterError } from './task-parameters.ts';

export interface ControlOptions {
  readonly guard: Guard;
  readonly tls: TlsFiles;
  /** What stands before the paths in the address that Gulp calls: `/bridge` or nothing. */
  readonly prefix: string;
  readonly log: SenderContext['log'];
  readonly start: (request: StartRequest) => Promise<'started' | 'running'>;
  readonly stop: (id: string) => Promise<void>;
  readonly health: () => object;
}

type Route = (request: IncomingMessage) => Promise<object>;

const MAX_HEADERS = 64;
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
};
const MIN_TLS = 'TLSv1.2';
/** A connection on which nothing moves; Gulp itself waits 30 s for an answer. */
const IDLE_MS = 30_000;

/** The API by which Gulp starts and stops tasks and asks how we are. */
export class ControlApi {
  private readonly options: ControlOptions;
  private readonly routes: Readonly<Record<string, { readonly methods: readonly string[]; readonly route: Route }>>;
  private readonly closing = new AbortController();
  private readonly callers = new Callers();
  private server: Server | undefined;

  constructor(options: ControlOptions) {
    this.options = options;
    this.routes = {
      '/start_ingestion': { methods: ['POST'], route: (request) => this.start(request) },
      '/stop_ingestion': { methods: ['POST'], route: (request) => this.stop(request) },
      '/health_check': { methods: ['POST', 'GET'], route: (request) => this.health(request) },
    };
  }

  /** Throws what the system says when the address cannot be had, and NotConnectedError when a certificate cannot be read. */
  async listen(host: string, port: number): Promise<void> {
    const { certfile, keyfile } = this.options.tls;
    const { cert, key } = await readTls({ certfile, keyfile });
    const listener: RequestListener = (request, response) => {
      void this.serve(request, response);
    };
    const server =
      cert === undefined || key === undefined
        ? createServer(LIMITS, listener)
        : createTlsServer({ ...LIMITS, cert, key, minVersion: MIN_TLS, handshakeTimeout: 10_000 }, listener);
    server.on('connection', (socket) => {
      this.callers.add(socket);
    });
    server.maxHeadersCount = MAX_HEADERS;
    server.setTimeout(IDLE_MS);
    server.on('clientError', refuseBroken);
    server.on('tlsClientError', (_error: Error, socket: Duplex) => socket.destroy());
    server.listen(port, host);
    await once(server, 'listening');
    server.on('error', () => undefined);
    this.server = server;
  }

  /** The port that is listened to. */
  get port(): number | undefined {
    const address = this.server?.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  }

  async close(): Promise<void> {
    this.closing.abort();
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      const body = await this.answer(request);
      send(response, 200, body);
    } catch (error) {
      if (error instanceof ControlError) send(response, error.status, { detail: error.message }, !request.complete);
      else if (error instanceof ParameterError) send(response, 400, { detail: error.message });
      else if (request.destroyed && !request.complete) response.destroy();
      else {
        this.options.log.error(
          `a request to the control API met a fault that should not be: ${inspect(error)}.`,
          'fault',
        );
        send(response, 500, { detail: 'journalbridge met a fault; its log tells more' }, true);
      }
    }
  }

  private async answer(request: IncomingMessage): Promise<object> {
    const { guard } = this.options;
    if (!guard.admits(request.headers.authorization)) {
      await guard.slowDown(this.closing.signal);
      throw new ControlError(401, 'Unauthorized');
    }
    this.callers.welcome(request.socket);
    const path = this.pathOf(request);
    const found = Object.hasOwn(this.routes, path) ? this.routes[path] : undefined;
    if (found === undefined) throw new ControlError(404, 'there is no such path');
    if (!found.methods.includes(request.method ?? '')) throw new ControlError(405, `use ${found.methods.join(' or ')}`);
    return found.route(request);
  }

  /** A proxy may take the prefix away, or leave it. */
  private pathOf({ url = '' }: IncomingMessage): string {
    const { prefix } = this.options;
    const [path = ''] = url.split('?');
    return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  }

  private async start(request: IncomingMessage): Promise<object> {
    const wanted = await readStart(request);
    const result = await this.options.start(wanted);
    const message = result === 'running' ? 'ingestion already running' : 'ingestion started';
    return { message, task_id: wanted.bridge_task_id };
  }

  /** Also for a task that is not known or has stopped: Gulp could not delete it otherwise. */
  private async stop(request: IncomingMessage): Promise<object> {
    const { bridge_task_id: id } = await readStop(request);
    await this.options.stop(id);
    return { message: 'ingestion stopped', task_id: id };
  }

  /** The manager sends an empty body that it calls JSON. */
  private async health(request: IncomingMessage): Promise<object> {
    await discardBody(request);
    return this.options.health();
  }
}

/** `isLast`: there may be a rest of the request that nobody will read. */
function send(response: ServerResponse, status: number, body: object, isLast = false): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...((isLast || status === 401) && { connection: 'close' }),
  });
  response.end(bytes);
}

/** What is no HTTP, or comes too slowly. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

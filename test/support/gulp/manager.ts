import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Bridges } from './bridges.ts';
import type { Bridge, StatusChange, Task } from './bridges.ts';
import { toCall } from './call.ts';
import type { Call } from './call.ts';
import type { GulpDocument } from './documents.ts';
import { failure } from './envelope.ts';
import type { Answer } from './envelope.ts';
import { answerOf, Faults, reset } from './faults.ts';
import type { Fault, OrderedFault } from './faults.ts';
import { Ingest } from './ingest.ts';
import type { IngestSettings } from './ingest.ts';
import { Operations } from './operations.ts';
import { Refusal } from './refusal.ts';
import { answer, routes } from './routes.ts';
import { Sessions } from './sessions.ts';
import type { Permission, User } from './sessions.ts';
import { userRoutes } from './user-routes.ts';
import { until } from '../until.ts';

/** How a manager runs. */
export interface GulpManagerOptions extends Partial<IngestSettings> {
  /** Of 127.0.0.1; any free one unless given. */
  readonly port?: number;
  /** PEM of a certificate and its key: the manager then speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** PEM of the authorities that the manager trusts when it calls a bridge. */
  readonly bridgeCa?: string;
  /** How long the manager waits for a bridge, 30 s in the real one. */
  readonly bridgeTimeoutMs?: number;
  /** How many requests are remembered, the latest; all unless given. */
  readonly keepsRequests?: number;
}

/** A request that has come, and how it was answered; 0 while it is not, or never. */
export interface SeenRequest extends Call {
  status: number;
}

/**
 * A stand-in of the Gulp manager on a real socket: as strict and as treacherous as the real one was seen to be. It begins
 * with the users `admin` (password `admin`) and `guest` (password `guest`, may only read), and without any operation. What
 * it does is checked against recorded calls in `recorded-calls.test.ts`. It counts within milliseconds unless told
 * otherwise; `_id` and `gulp.event_code` of a text are other hashes than the real ones.
 */
export class GulpManager implements AsyncDisposable {
  readonly sessions = new Sessions();
  readonly operations = new Operations();
  readonly ingest: Ingest;
  readonly bridges: Bridges;
  readonly faults = new Faults();
  /** All that came, in order, answered or not. */
  readonly requests: SeenRequest[] = [];
  /** Between a bridge's answer and the status that the manager then writes. */
  pauseBeforeStatus: () => Promise<void> = () => Promise.resolve();
  readonly #options: GulpManagerOptions;
  readonly #server: Server;
  #port: number;

  private constructor(options: GulpManagerOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.ingest = new Ingest(options);
    const { bridgeCa: ca, bridgeTimeoutMs: timeoutMs = 30_000 } = options;
    const caller = { timeoutMs, reroute: new Map<string, string>(), ...(ca !== undefined && { ca }) };
    this.bridges = new Bridges(caller, this.operations, () => this.pauseBeforeStatus());
    this.sessions.users.set('admin', { id: 'admin', password: 'admin', permission: ['admin'] });
    this.sessions.users.set('guest', { id: 'guest', password: 'guest', permission: ['read'] });
    this.#server = this.#createServer();
  }

  /** Starts one; use it with `await using`. */
  static async start(options: GulpManagerOptions = {}): Promise<GulpManager> {
    const manager = new GulpManager(options);
    await manager.comeBack();
    return manager;
  }

  /** Without a slash at its end. */
  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** Adds a user, by default one that a bridge is to have; it may reach the operations, which must be there. */
  addUser(
    id: string,
    { password = 'Bridge-Pass1', permission = ['read', 'ingest'], operations = [] }: NewUser = {},
  ): User {
    const user = { id, password, permission };
    this.sessions.users.set(id, user);
    for (const operation of operations) this.operations.get(operation).granted.add(id);
    return user;
  }

  /** Adds an operation of the administrator that these users may reach. */
  addOperation(id: string, granted: readonly string[] = []): void {
    this.operations.add(id, { granted });
  }

  /** What an analyst does to start a task; resolves with its id, rejects with a Refusal. */
  async createStartIngestion(
    bridgeId: string,
    operationId: string,
    pluginParams: Record<string, unknown> = {},
  ): Promise<string> {
    const operation = this.operations.get(operationId);
    return (await this.bridges.createStart(this.#admin, bridgeId, operation, pluginParams)).id;
  }

  /** What an analyst does to stop a task; rejects with a Refusal. */
  async stopIngestion(taskId: string): Promise<void> {
    await this.bridges.stop(this.#admin, taskId);
  }

  /** What an analyst does to delete a task; rejects with a Refusal if the bridge does not stop it. */
  async deleteIngestion(taskId: string): Promise<void> {
    await this.bridges.delete(this.#admin, taskId);
  }

  /** What the bridge says of itself, or `offline`. */
  async getBridgeStatus(bridgeId: string): Promise<unknown> {
    return this.bridges.health(this.#admin, bridgeId);
  }

  /** All bridges. */
  listBridges(): Bridge[] {
    return [...this.bridges.bridges.values()];
  }

  /** All tasks. */
  listTasks(): Task[] {
    return [...this.bridges.tasks.values()];
  }

  /** Ends the user's session, as its expiry, an administrator or a login elsewhere does. */
  revokeSession(userId: string): void {
    this.sessions.revoke(userId);
  }

  /** What the user may do from now on; its session lives on. */
  setPermission(userId: string, permission: readonly Permission[]): void {
    const user = this.sessions.users.get(userId);
    if (user) user.permission = permission;
  }

  /** The user may no longer reach the operation. */
  withdraw(userId: string, operationId: string): void {
    this.operations.get(operationId).granted.delete(userId);
  }

  /** Stops every worker at this stage until the hold is disposed. */
  hold(stage: NonNullable<IngestSettings['heldAt']>): Disposable {
    this.ingest.settings.heldAt = stage;
    return {
      [Symbol.dispose]: () => {
        this.ingest.release();
      },
    };
  }

  /** Takes the bridge and its tasks away without a word to it. */
  deleteBridge(bridgeId: string): void {
    this.bridges.unregister(this.#admin, bridgeId);
  }

  /** Takes an operation away, with all that it holds and with its tasks. */
  deleteOperation(id: string): void {
    this.operations.delete(id);
    this.ingest.dropIndex(id);
    this.bridges.dropTasksOf(id);
  }

  /** What the operation shows, in order of its coming. */
  documents(operationId: string): GulpDocument[] {
    return this.ingest.index(operationId).documents.filter((doc) => doc['gulp.operation_id'] === operationId);
  }

  /** Waits until no chunk is being worked on; those that are held stay where they are. */
  async settled(): Promise<void> {
    await until(() => this.ingest.working === 0, { what: 'the workers to come to rest' });
  }

  /** The statuses of a task in the order of their writing, the manager's own and the bridge's. */
  statusesOf(taskId: string): StatusChange[] {
    return this.bridges.statusChanges.filter((change) => change.taskId === taskId);
  }

  /** The requests to a path, in order. */
  requestsTo(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** The next requests to the path (`*`: to any) meet the fault. */
  breaks(path: string, fault: Fault, times?: number): OrderedFault {
    return this.faults.order(path, fault, times);
  }

  /** Nobody listens any more, every connection is cut, and what was queued is lost; all else is remembered. */
  async goDown(): Promise<void> {
    this.ingest.abandon();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Listens again, at the same port. */
  async comeBack(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.goDown();
  }

  get #admin(): User {
    return this.sessions.users.get('admin')!;
  }

  #createServer(): Server {
    const onRequest = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    const { tls } = this.#options;
    if (!tls) return createHttpServer(onRequest);
    const clients = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true };
    return createHttpsServer({ cert: tls.cert, key: tls.key, ...clients }, onRequest);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (!body) return;
    const seen = this.#see(toCall(request.method ?? '', request.url ?? '', request.headers, body));
    const fault = this.faults.strike(seen.path);
    if (fault === 'hang') return;
    if (fault === 'reset before') {
      reset(response);
      return;
    }
    const given = (fault && answerOf(fault, seen)) ?? (await this.#answer(seen));
    if (fault === 'reset after') reset(response);
    else send(response, given, fault === 'cut answer');
    seen.status = given.status;
  }

  #see(call: Call): SeenRequest {
    const seen = { ...call, status: 0 };
    this.requests.push(seen);
    if (this.requests.length > (this.#options.keepsRequests ?? Infinity)) this.requests.shift();
    return seen;
  }

  async #answer(call: Call): Promise<Answer> {
    const route = routes[`${call.method} ${call.path}`] ?? userRoutes[`${call.method} ${call.path}`];
    if (!route) return failure(call, new Refusal(404, 'HTTPException', 'Not Found'));
    return answer(route, call, this);
  }
}

/** What a user is made with. */
export interface NewUser {
  readonly password?: string;
  readonly permission?: readonly Permission[];
  readonly operations?: readonly string[];
}

/** Undefined if the client has gone in the middle of it. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    // nobody is there who could be told
    return undefined;
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, contentType, body }: Answer, isCut: boolean): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length });
  if (!isCut) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

import { idOf, tokenOf } from './call.ts';
import type { Call } from './call.ts';
import { taskStatuses } from './bridges.ts';
import type { Bridges, TaskStatus } from './bridges.ts';
import { failure, internalServerError, pending, success } from './envelope.ts';
import type { Answer } from './envelope.ts';
import type { Ingest } from './ingest.ts';
import type { Operation, Operations } from './operations.ts';
import { Refusal } from './refusal.ts';
import type { DeadTokenDialect, Permission, Sessions, User } from './sessions.ts';
import { isTrue, validate } from './validation.ts';
import type { Wanted } from './validation.ts';

/** All that the endpoints work on. */
export interface ManagerParts {
  readonly sessions: Sessions;
  readonly operations: Operations;
  readonly ingest: Ingest;
  readonly bridges: Bridges;
}

/** What an endpoint is given: the request, the parts, and the body's JSON if one is wanted. */
export interface Given extends ManagerParts {
  readonly call: Call;
  readonly body: unknown;
}

/** One endpoint: what it wants, and what it does; what it returns is the data of a success. */
export interface Route {
  readonly wants: Wanted;
  readonly answer: (given: Given) => unknown;
  /** When nothing is to be told but that it is queued. */
  readonly isQueued?: boolean;
  /** When the endpoint lets its exceptions through. */
  readonly isRough?: boolean;
}

const loginFields = { user_id: {}, password: {} };
const statusFields = { status: { among: taskStatuses }, error: {} };
const taskId = { token: true, query: ['bridge_task_id'] };

/** The endpoints that a bridge, and a user of one, calls. */
export const routes: Readonly<Record<string, Route>> = {
  'POST /login': { wants: { body: loginFields, booleans: ['force'] }, answer: login },
  'POST /logout': { wants: { token: true, query: ['ws_id'] }, answer: logout },
  'GET /user_session_keepalive': { wants: { token: true }, answer: keepAlive },
  'GET /version': { wants: { token: true }, answer: version },
  'POST /register_bridge': { wants: { token: true, query: ['name', 'url', 'bridge_token'] }, answer: register },
  'DELETE /unregister_bridge': { wants: { token: true, query: ['bridge_id'] }, answer: unregister },
  'POST /list_bridges': { wants: { token: true }, answer: listBridges },
  'GET /get_bridge_status': { wants: { token: true, query: ['bridge_id'] }, answer: bridgeStatus, isRough: true },
  'POST /create_start_ingestion': {
    wants: { token: true, query: ['bridge_id', 'operation_id'], body: 'object' },
    answer: createStart,
  },
  'POST /stop_ingestion': { wants: { token: true, body: 'text' }, answer: stop },
  'DELETE /delete_ingestion': { wants: taskId, answer: deleteTask },
  'POST /list_ingestion_tasks': { wants: { token: true }, answer: listTasks },
  'POST /set_bridge_task_status': { wants: { ...taskId, body: statusFields }, answer: setStatus },
  'POST /ingest_raw': {
    wants: { token: true, query: ['operation_id', 'ws_id'], booleans: ['last'] },
    answer: ingestRaw,
    isQueued: true,
  },
  'GET /request_get_by_id': { wants: { token: true, query: ['obj_id'] }, answer: requestById },
};

/** Runs an endpoint; every Refusal becomes the error body that echoes the request. */
export async function answer(route: Route, call: Call, parts: ManagerParts): Promise<Answer> {
  try {
    const data = await route.answer({ ...parts, call, body: validate(call, route.wants) });
    return route.isQueued === true ? pending(call) : success(call, data);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (route.isRough === true && error.hasRequestId) return internalServerError;
    return failure(call, error);
  }
}

/** The user of the request's session, with this permission. */
export function userOf({ call, sessions }: Given, permission: Permission, dialect: DeadTokenDialect): User {
  return sessions.permitted(sessions.userOf(tokenOf(call), dialect), permission);
}

function login({ call, sessions, body }: Given): unknown {
  const { user_id: userId, password } = body as { user_id: string; password: string };
  const { token, timeExpire } = sessions.login(userId, password, isTrue(call, 'force', true));
  return { token, id: userId, time_expire: timeExpire };
}

function logout(given: Given): unknown {
  const token = tokenOf(given.call);
  const { id } = given.sessions.userOf(token, 'expired');
  given.sessions.revoke(id);
  return { id, token };
}

function keepAlive({ call, sessions }: Given): unknown {
  sessions.userOf(tokenOf(call), 'expired');
  return sessions.expiryOf(tokenOf(call));
}

function version({ call, sessions }: Given): unknown {
  sessions.userOf(tokenOf(call), 'expired');
  return { version: 'gulp_1.7.605, muty_1.6.10' };
}

function register(given: Given): unknown {
  const { query } = given.call;
  const user = userOf(given, 'ingest', 'expired');
  const [name, url, token] = ['name', 'url', 'bridge_token'].map((key) => query.get(key) ?? '');
  return { bridge_id: given.bridges.register(user, name!, url!, token!).id };
}

function unregister(given: Given): unknown {
  const id = given.call.query.get('bridge_id') ?? '';
  given.bridges.unregister(userOf(given, 'ingest', 'not found'), id);
  return { bridge_id: id };
}

function listBridges(given: Given): unknown {
  return given.bridges.visible(given.bridges.bridges, userOf(given, 'ingest', 'expired'));
}

function listTasks(given: Given): unknown {
  return given.bridges.visible(given.bridges.tasks, userOf(given, 'ingest', 'expired'));
}

async function bridgeStatus(given: Given): Promise<unknown> {
  const user = userOf(given, 'ingest', 'not found');
  return { bridge_status: await given.bridges.health(user, given.call.query.get('bridge_id') ?? '') };
}

async function createStart(given: Given): Promise<unknown> {
  const user = userOf(given, 'ingest', 'not found');
  const bridgeId = given.call.query.get('bridge_id') ?? '';
  const operation = given.operations.accessible(given.call.query.get('operation_id') ?? '', user);
  const task = await given.bridges.createStart(user, bridgeId, operation, given.body as Record<string, unknown>);
  return { bridge_task_id: task.id };
}

async function stop(given: Given): Promise<unknown> {
  const user = userOf(given, 'ingest', 'not found');
  return { bridge_task_id: (await given.bridges.stop(user, given.body as string)).id };
}

async function deleteTask(given: Given): Promise<unknown> {
  const user = userOf(given, 'ingest', 'not found');
  const task = await given.bridges.delete(user, given.call.query.get('bridge_task_id') ?? '');
  return { bridge_task_id: task.id };
}

function setStatus(given: Given): unknown {
  const { status, error } = given.body as { status: TaskStatus; error: string };
  const user = userOf(given, 'ingest', 'not found');
  const id = given.call.query.get('bridge_task_id') ?? '';
  return { bridge_task_id: given.bridges.report(user, id, status, error).id };
}

function ingestRaw(given: Given): void {
  const { call, sessions, operations, ingest } = given;
  const user = sessions.userOf(tokenOf(call), 'not found');
  const operation: Operation = operations.accessible(idOf(call, 'operation_id'), user);
  sessions.permitted(user, 'ingest', operation);
  ingest.accept(call, operation, user.id);
}

function requestById(given: Given): unknown {
  userOf(given, 'read', 'not found');
  return given.ingest.requestStats(idOf(given.call, 'obj_id'));
}

import { idOf } from './call.ts';
import type { Operation } from './operations.ts';
import { notFound, Refusal } from './refusal.ts';
import { userOf } from './routes.ts';
import type { Given, Route } from './routes.ts';
import type { Permission } from './sessions.ts';
import { isTrue } from './validation.ts';

/** What an administrator or an analyst calls, as far as tests of a bridge need it. */
export const userRoutes: Readonly<Record<string, Route>> = {
  'POST /user_create': { wants: { token: true, query: ['user_id', 'password'], body: 'object' }, answer: createUser },
  'PATCH /object_add_granted_user': {
    wants: { token: true, query: ['obj_type', 'obj_id', 'user_id'] },
    answer: addGrantedUser,
  },
  'POST /operation_create': { wants: { token: true, query: ['name'] }, answer: createOperation },
  'DELETE /operation_delete': { wants: { token: true, query: ['operation_id'] }, answer: deleteOperation },
  'POST /operation_list': { wants: { token: true }, answer: listOperations },
  'GET /context_list': { wants: { token: true, query: ['operation_id'] }, answer: listContexts },
  'GET /request_list': { wants: { token: true, query: ['operation_id'] }, answer: listRequests },
  'POST /query_gulp': { wants: { token: true, query: ['operation_id', 'ws_id'] }, answer: query },
};

const rightPassword = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\da-z])[^]{8,64}$/i;

function createUser(given: Given): unknown {
  userOf(given, 'admin', 'expired');
  const [id = '', password = ''] = ['user_id', 'password'].map((key) => given.call.query.get(key) ?? '');
  const { permission = ['read'] } = given.body as { permission?: readonly Permission[] };
  if (!rightPassword.test(password) || !/[a-z]/.test(password) || !/[A-Z]/.test(password)) {
    throw new Refusal(400, 'ValueError', 'password must have 8 to 64 characters: upper, lower, digit and special');
  }
  given.sessions.users.set(id, { id, password, permission });
  return { permission, id, type: 'user', user_id: id, name: id, tags: [], granted_user_ids: [id] };
}

function addGrantedUser(given: Given): unknown {
  const { bridges, call, operations } = given;
  const [type, id, other = ''] = ['obj_type', 'obj_id', 'user_id'].map((key) => call.query.get(key) ?? '');
  if (type === 'bridges' || type === 'bridges_task') {
    const row = (type === 'bridges' ? bridges.bridges : bridges.tasks).get(id ?? '');
    if (!row) throw notFound(type === 'bridges' ? 'GulpBridgeEntry' : 'GulpBridgeTaskEntry', id ?? '');
    bridges.grant(userOf(given, 'read', 'expired'), row, other);
    return row;
  }
  userOf(given, 'admin', 'expired');
  const operation = operations.get(idOf(call, 'obj_id'));
  operation.granted.add(other);
  return describe(operation);
}

function createOperation(given: Given): unknown {
  const user = userOf(given, 'ingest', 'expired');
  return describe(given.operations.add(given.call.query.get('name') ?? '', { owner: user.id }));
}

function deleteOperation(given: Given): unknown {
  userOf(given, 'admin', 'not found');
  const { id } = given.operations.get(idOf(given.call, 'operation_id'));
  given.operations.delete(id);
  given.ingest.dropIndex(id);
  given.bridges.dropTasksOf(id);
  return { id };
}

function listOperations(given: Given): unknown {
  return given.operations.all(userOf(given, 'read', 'expired')).map(describe);
}

function listContexts(given: Given): unknown {
  const operation = given.operations.accessible(idOf(given.call, 'operation_id'), userOf(given, 'read', 'expired'));
  const sources = new Map<string, Set<string>>();
  for (const { 'gulp.context_id': context, 'gulp.source_id': source } of given.ingest.index(operation.id).documents) {
    sources.set(context, (sources.get(context) ?? new Set()).add(source));
  }
  const describeSource = (id: string) => ({ id, type: 'source', name: id, plugin: 'raw', operation_id: operation.id });
  return [...sources].map(([id, ids]) => {
    const own = { id, type: 'context', name: id, operation_id: operation.id };
    return { ...own, sources: [...ids].map(describeSource) };
  });
}

function listRequests(given: Given): unknown {
  const operation = given.operations.accessible(idOf(given.call, 'operation_id'), userOf(given, 'read', 'expired'));
  const isRunningOnly = isTrue(given.call, 'running_only', false);
  const ofOperation = [...given.ingest.stats.values()].filter(({ operationId }) => operationId === operation.id);
  return ofOperation.filter(({ status }) => !isRunningOnly || status === 'ongoing');
}

/** Every document that the operation shows, by time; the filters of the real one are not here. */
function query(given: Given): unknown {
  const operation = given.operations.accessible(idOf(given.call, 'operation_id'), userOf(given, 'read', 'expired'));
  const { documents } = given.ingest.index(operation.id);
  const docs = documents.filter((document) => document['gulp.operation_id'] === operation.id);
  docs.sort((a, b) => Number(a['gulp.timestamp'] - b['gulp.timestamp']));
  return { total_hits: docs.length, docs };
}

function describe({ id, owner, granted, timeCreated }: Operation): unknown {
  const times = { time_created: timeCreated, time_updated: timeCreated };
  const rights = { granted_user_ids: [...granted], granted_user_group_ids: ['administrators'] };
  return {
    index: id,
    operation_data: {},
    id,
    type: 'operation',
    user_id: owner,
    name: id,
    ...times,
    ...rights,
    tags: [],
    contexts: [],
  };
}

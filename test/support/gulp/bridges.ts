import { askHealth, callBridge } from './bridge-caller.ts';
import type { BridgeAnswer, CallerSettings } from './bridge-caller.ts';
import { noAccess } from './operations.ts';
import type { Operation, Operations } from './operations.ts';
import { completePluginParams, taskIdOf } from './plugin-params.ts';
import type { PluginParams } from './plugin-params.ts';
import { sha1 } from './python.ts';
import { notFound, Refusal } from './refusal.ts';
import { isAdmin } from './sessions.ts';
import type { User } from './sessions.ts';

/** A bridge as the manager lists it; the token is in clear. */
export interface Bridge {
  readonly url: string;
  readonly bridge_token: string;
  status: unknown;
  readonly id: string;
  readonly type: 'bridges';
  readonly user_id: string;
  readonly name: string;
  readonly time_created: number;
  time_updated: number;
  readonly tags: readonly string[];
  readonly granted_user_ids: string[];
  readonly granted_user_group_ids: readonly string[];
}

/** What a task can be. A task that was made but never started has none. */
export type TaskStatus = 'failed' | 'done' | 'ongoing' | 'canceled' | 'stopped';

/** In the order of the manager's own message about them. */
export const taskStatuses: readonly TaskStatus[] = ['failed', 'done', 'ongoing', 'canceled', 'stopped'];

/** A task as the manager lists it; what is null in its database is absent. */
export interface Task {
  readonly bridge_id: string;
  readonly plugin_params: PluginParams;
  status?: TaskStatus;
  error?: string;
  readonly id: string;
  readonly type: 'bridges_task';
  readonly user_id: string;
  readonly name: string;
  readonly time_created: number;
  time_updated: number;
  readonly operation_id: string;
  readonly tags: readonly string[];
  readonly granted_user_ids: string[];
  readonly granted_user_group_ids: readonly string[];
}

/** One writing of a task's status, by the manager itself or by the bridge. */
export interface StatusChange {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly error: string | undefined;
  readonly by: 'manager' | 'bridge';
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
}

/** The bridges with their tasks, and the manager's side of what it asks of them. */
export class Bridges {
  readonly bridges = new Map<string, Bridge>();
  readonly tasks = new Map<string, Task>();
  /** Every writing of a status, in order. */
  readonly statusChanges: StatusChange[] = [];
  readonly caller: CallerSettings;
  readonly #operations: Operations;
  readonly #pause: () => Promise<void>;

  /** `pause` comes between a bridge's answer and what the manager writes because of it. */
  constructor(caller: CallerSettings, operations: Operations, pause: () => Promise<void>) {
    this.caller = caller;
    this.#operations = operations;
    this.#pause = pause;
  }

  /** Takes any URL; asks nobody whether it is there. A second time is a violation of the database's primary key. */
  register(user: User, name: string, url: string, token: string): Bridge {
    const id = sha1(name + url);
    if (this.bridges.has(id)) throw duplicateKey(id);
    const row = { ...rowOf(id, user), type: 'bridges' as const, name };
    const bridge = { url, bridge_token: token, status: 'ready', ...row };
    this.bridges.set(id, bridge);
    return bridge;
  }

  /** Takes the bridge's tasks with it; the bridge is not told. */
  unregister(user: User, id: string): void {
    this.#accessible(this.bridges, 'GulpBridgeEntry', id, user);
    this.bridges.delete(id);
    for (const task of this.tasks.values()) if (task.bridge_id === id) this.tasks.delete(task.id);
  }

  /** The tasks of an operation go with it; no bridge is told. */
  dropTasksOf(operationId: string): void {
    for (const task of this.tasks.values()) if (task.operation_id === operationId) this.tasks.delete(task.id);
  }

  /** Its owner, or an administrator, lets another user in. */
  grant(user: User, row: Bridge | Task, other: string): void {
    if (!isAdmin(user) && row.user_id !== user.id) throw noAccess(user, row.id);
    if (!row.granted_user_ids.includes(other)) row.granted_user_ids.push(other);
  }

  /** Whose the user may see. */
  visible<T extends Bridge | Task>(rows: ReadonlyMap<string, T>, user: User): T[] {
    return [...rows.values()].filter((row) => mayReach(row, user));
  }

  /** Makes the task if it is new, has the bridge start it, and writes what came of it. An ongoing one is not started. */
  async createStart(
    user: User,
    bridgeId: string,
    operation: Operation,
    given: Readonly<Record<string, unknown>>,
  ): Promise<Task> {
    const bridge = this.#accessible(this.bridges, 'GulpBridgeEntry', bridgeId, user);
    const params = completePluginParams(given);
    const id = taskIdOf(bridge.id, operation.id, params);
    if (this.tasks.get(id)?.status === 'ongoing') {
      throw new Refusal(409, 'ObjectAlreadyExists', `bridge task already ongoing with id ${id}`);
    }
    const task = this.tasks.get(id) ?? this.#create(user, bridge, operation, { id, params });
    const ids = { bridge_id: bridge.id, bridge_task_id: id, operation_id: operation.id };
    const answer = await callBridge(bridge, '/start_ingestion', { ...ids, plugin_params: params }, this.caller);
    await this.#conclude(task, 'start_ingestion', answer, 'ongoing');
    return task;
  }

  /** Asks the bridge even when the task is not ongoing. */
  async stop(user: User, taskId: string): Promise<Task> {
    const task = this.#accessible(this.tasks, 'GulpBridgeTaskEntry', taskId, user);
    const bridge = this.bridges.get(task.bridge_id)!; // whoever may reach the task
    const ids = { bridge_id: bridge.id, bridge_task_id: task.id };
    const answer = await callBridge(bridge, '/stop_ingestion', ids, this.caller);
    await this.#conclude(task, 'stop_ingestion', answer, 'stopped');
    return task;
  }

  /** Only after the bridge has stopped it. */
  async delete(user: User, taskId: string): Promise<Task> {
    const task = await this.stop(user, taskId);
    this.tasks.delete(task.id);
    return task;
  }

  /** Asks the bridge, and writes down what it says. */
  async health(user: User, bridgeId: string): Promise<unknown> {
    const bridge = this.#accessible(this.bridges, 'GulpBridgeEntry', bridgeId, user);
    bridge.status = await askHealth(bridge, this.caller);
    bridge.time_updated = Date.now();
    return bridge.status;
  }

  /** What a bridge says of a task; any status may follow any other. */
  report(user: User, taskId: string, status: TaskStatus, error: string): Task {
    const task = this.#accessible(this.tasks, 'GulpBridgeTaskEntry', taskId, user);
    this.#write(task, { status, error, by: 'bridge' });
    return task;
  }

  #create(
    user: User,
    bridge: Bridge,
    operation: Operation,
    { id, params }: { id: string; params: PluginParams },
  ): Task {
    const own = { bridge_id: bridge.id, plugin_params: params, operation_id: operation.id };
    const task = { ...own, ...rowOf(id, user), type: 'bridges_task' as const, name: `bridge_task_${id}` };
    this.tasks.set(id, task);
    return task;
  }

  /** Writes after the bridge has answered, over whatever the bridge has reported meanwhile. */
  async #conclude(task: Task, call: string, { status, text }: BridgeAnswer, success: TaskStatus): Promise<void> {
    await this.#pause();
    if (status === 200) {
      this.#write(task, { status: success, error: undefined, by: 'manager' });
      return;
    }
    this.#write(task, { status: 'failed', error: text, by: 'manager' });
    throw new Refusal(500, 'Exception', `bridge ${call} error: ${status}, ${text}`);
  }

  /** What the manager writes itself leaves an old error where it is. */
  #write(task: Task, change: Pick<StatusChange, 'status' | 'error' | 'by'>): void {
    task.status = change.status;
    if (change.error !== undefined) task.error = change.error;
    task.time_updated = Date.now();
    this.statusChanges.push({ taskId: task.id, ...change, at: performance.now() });
  }

  #accessible<T extends Bridge | Task>(rows: ReadonlyMap<string, T>, type: string, id: string, user: User): T {
    const row = rows.get(id);
    if (!row) throw notFound(type, id);
    if ('operation_id' in row) this.#operations.accessible(row.operation_id, user);
    if (!mayReach(row, user)) throw noAccess(user, row.id);
    return row;
  }
}

/** One that nobody is granted on is everybody's. */
function mayReach(row: Bridge | Task, user: User): boolean {
  const { granted_user_ids: granted, user_id: owner } = row;
  return isAdmin(user) || owner === user.id || granted.length === 0 || granted.includes(user.id);
}

function rowOf(id: string, user: User) {
  const now = Date.now();
  const granted = { granted_user_ids: [user.id], granted_user_group_ids: [] };
  return { id, user_id: user.id, time_created: now, time_updated: now, tags: [], ...granted };
}

function duplicateKey(id: string): Refusal {
  const message = [
    '(psycopg.errors.UniqueViolation) duplicate key value violates unique constraint "bridges_pkey"',
    `DETAIL:  Key (id)=(${id}) already exists.`,
    '[SQL: INSERT INTO bridges (url, bridge_token, status, id, type, user_id, name) VALUES (%(url)s::VARCHAR, …)]',
  ];
  return new Refusal(500, 'IntegrityError', message.join('\n'));
}

import { Backoff, pause } from '../../backoff.ts';
import { messageOf, systemCodeOf } from '../../errors.ts';
import type { Host, HostContext } from '../host.ts';
import { ownVersion } from '../../version.ts';
import { Refusal } from './answer.ts';
import { identityOf, isLoopback, listenAddress, type BridgeIdentity } from './bridge-address.ts';
import { Client } from './client.ts';
import { ControlApi } from './control-api.ts';
import { Guard } from './guard.ts';
import type { GulpOptions } from './options.ts';
import { listTasks, register, type RemoteTask } from './registration.ts';
import { Reporter } from './reporter.ts';
import { shippingOf } from './shipping.ts';
import { Slots } from './slots.ts';
import { readKept, type Kept } from './task-record.ts';
import { Tasks } from './tasks.ts';

/** Makes the bridge of one Gulp server. */
export function createGulpHost(options: GulpOptions, context: HostContext): Host {
  return new GulpHost(options, context);
}

/** Bodies are large: so many are made and sent at one time, whatever the number of tasks. */
const POSTS_AT_ONCE = 2;
const BACKOFF = { baseMs: 1000, maxMs: 60_000 };
/** So often it is looked whether Gulp still knows this bridge: nobody tells it when it was unregistered. */
const REGISTRATION_CHECK_MS = 300_000;

/** A bridge of Gulp: known to the server, listening for its calls, with a delivery for each task that runs. */
class GulpHost implements Host {
  private readonly options: GulpOptions;
  private readonly context: HostContext;
  private readonly client: Client;
  private readonly kept: Kept;
  private readonly tasks: Tasks;
  private readonly guard = new Guard();
  private readonly reporter: Reporter;
  private readonly api: ControlApi;
  private readonly identity: BridgeIdentity | undefined;
  private readonly closing = new AbortController();
  private readonly work: Promise<void>[] = [];
  /** What holds up each of the things that run in the background. */
  private readonly troubles = new Map<string, string>();

  constructor(options: GulpOptions, context: HostContext) {
    this.options = options;
    this.context = context;
    const { log } = context;
    this.client = new Client(options, log);
    this.kept = readKept(context.kept);
    this.identity = identityOf(options);
    const tools = { client: this.client, slots: new Slots(POSTS_AT_ONCE) };
    this.tasks = new Tasks({
      options,
      context,
      kept: this.kept,
      shippingOf: (operation) => shippingOf(options, tools, operation),
      changed: (record) => {
        this.reporter.changed(record);
      },
    });
    this.reporter = new Reporter({
      client: this.client,
      log,
      views: () => this.tasks.views,
      gone: (record) => this.tasks.drop(record),
      saved: () => this.tasks.save(),
    });
    this.api = new ControlApi({
      guard: this.guard,
      tls: options,
      prefix: this.identity === undefined ? '' : new URL(this.identity.url).pathname.replace(/\/$/, ''),
      log,
      start: (request) => this.tasks.start(request),
      stop: (id) => this.tasks.stop(id),
      health: () => this.health(),
    });
  }

  get trouble(): string | undefined {
    return [...this.troubles.values()][0];
  }

  async resume(): Promise<void> {
    const { registration } = this.kept;
    if (this.isOurs(registration)) this.guard.digest = registration?.token_sha256;
    await this.tasks.resume();
  }

  open(): void {
    const { signal } = this.closing;
    if (this.identity === undefined) {
      this.work.push(this.keepAlive(signal));
      return;
    }
    this.work.push(
      this.attempt('listen', () => this.listen()),
      this.attempt('register', () => this.introduce(this.identity!, true)).then(async () => {
        await Promise.all([this.reporter.run(signal), this.keepAlive(signal), this.stayKnown(this.identity!, signal)]);
      }),
    );
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.tasks.close();
    await this.api.close();
    await Promise.all(this.work);
  }

  async end(): Promise<void> {
    await this.close();
    await this.client.close();
  }

  /** Tries until it is done, or the end has come. */
  private async attempt(what: string, action: () => Promise<void>): Promise<void> {
    const { signal } = this.closing;
    const isOver = (): boolean => signal.aborted;
    const backoff = new Backoff(BACKOFF);
    while (!isOver()) {
      try {
        await action();
        if (this.troubles.delete(what)) this.context.log.info('the bridge is in order again.', what);
        return;
      } catch (error) {
        if (isOver()) return;
        const destination = error instanceof Refusal ? `${this.client.destination}: ` : '';
        const message = `${destination}${messageOf(error)}`;
        this.troubles.set(what, message);
        this.context.log.error(`${message}; trying again.`, `${what} ${message}`);
        await pause(BACKOFF.baseMs / 2 + backoff.nextMs(), signal);
      }
    }
  }

  private async listen(): Promise<void> {
    const { log } = this.context;
    const { host, port } = await listenAddress(this.options);
    try {
      await this.api.listen(host, port);
    } catch (error) {
      if (systemCodeOf(error) === undefined) throw error;
      throw new Error(`the control API cannot listen at ${host} port ${port}: ${messageOf(error)}; see "listen"`, {
        cause: error,
      });
    }
    if (this.closing.signal.aborted) {
      await this.api.close();
      return;
    }
    const isPlain = this.options.certfile === undefined;
    log.info(`the control API listens at ${host} port ${this.api.port ?? port}${isPlain ? '' : ', by TLS'}.`);
    if (isPlain && !isLoopback(host))
      log.warn(
        `the control API listens in clear at ${host}: whoever sees the traffic learns the token; give "certfile" and "keyfile", or put a proxy with TLS before it and listen at 127.0.0.1.`,
      );
    else if (isLoopback(host) && !isLoopback(new URL(this.identity!.url).hostname))
      log.warn(
        `Gulp is told to call ${this.identity!.url}, and the control API listens at ${host} only: that takes a proxy on this host, or another "listen".`,
      );
  }

  private async stayKnown(identity: BridgeIdentity, signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      await pause(REGISTRATION_CHECK_MS, signal);
      await this.attempt('register', () => this.introduce(identity, false));
    }
  }

  private async introduce(identity: BridgeIdentity, isFirst: boolean): Promise<void> {
    const { signal } = this.closing;
    const { log } = this.context;
    const before = this.kept.registration;
    const server = this.options.url_server;
    const { registration, isNew } = await register(this.client, identity, { server, log }, signal);
    this.kept.registration = registration;
    await this.tasks.save();
    this.guard.digest = registration.token_sha256;
    if (before !== undefined && before.token_sha256 !== registration.token_sha256 && !isNew)
      log.warn('Gulp calls us by another token than before; it is taken over.');
    if (isNew) await this.reconcile(undefined);
    else if (isFirst) await this.reconcile(await listTasks(this.client, registration.bridge_id, signal));
  }

  /** What Gulp and the state file disagree about: one of them was lost, or we were not there when something happened. */
  private async reconcile(remote: readonly RemoteTask[] | undefined): Promise<void> {
    const { log } = this.context;
    const statuses = new Map((remote ?? []).map(({ id, status }) => [id, status]));
    for (const record of this.tasks.records.filter(({ is_static }) => !is_static)) {
      if (remote === undefined) {
        log.warn(`Gulp did not know this bridge any more, and so not its task ${record.id}: that has ended.`);
        await this.tasks.drop(record);
      } else if (record.status === 'ongoing') await this.reporter.ensure(record, this.closing.signal);
      else if (statuses.has(record.id) && statuses.get(record.id) !== record.status) record.reported = '';
    }
    const known = new Set(this.tasks.records.map(({ id }) => id));
    for (const task of remote ?? []) {
      if (known.has(task.id) || task.status !== 'ongoing') continue;
      log.warn(
        `the task ${task.id} runs by what Gulp says, and the state file has it not: it begins where it was created.`,
      );
      const request = { ...task, bridge_task_id: task.id };
      await this.tasks.adopt(request, task.createdMs * 1000).catch((error: unknown) => {
        log.error(`the task ${task.id} cannot be taken up: ${messageOf(error)}.`);
      });
    }
  }

  /** A session that rests too long is ended. */
  private async keepAlive(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      await pause(this.client.session.keepAliveMs, signal);
      if (isOver() || !this.client.session.isOpen) continue;
      await this.client.call({ method: 'GET', path: '/user_session_keepalive' }, signal).catch(() => undefined); // told by who needs it
    }
  }

  private isOurs(registration: Kept['registration']): boolean {
    const { identity, options } = this;
    return (
      registration?.url === identity?.url &&
      registration?.name === identity?.name &&
      registration?.server === options.url_server
    );
  }

  private health(): object {
    const views = this.tasks.views;
    return {
      status: 'ready',
      version: ownVersion(),
      active_tasks_count: views.filter(({ standing }) => standing !== undefined).length,
      tasks: views.map(({ record, standing }) => ({
        id: record.id,
        bridge_id: record.bridge_id,
        operation_id: record.operation_id,
        status: record.status,
        error: record.error,
        sent: standing?.sent ?? null,
        sent_bytes: standing?.sentBytes ?? null,
        dead_letters: standing?.deadLetters ?? null,
        last_entry: standing?.time ?? null,
        lag_seconds: standing?.lagSeconds ?? null,
        lag_entries: standing?.lagEntries ?? null,
        last_error: standing?.lastError ?? null,
      })),
    };
  }
}

import { pause } from '../../backoff.ts';
import type { Host, HostContext } from '../host.ts';
import { Acquaintance } from './acquaintance.ts';
import { Attempts } from './attempts.ts';
import { identityOf, type BridgeIdentity } from './bridge-address.ts';
import { Client } from './client.ts';
import { ControlApi } from './control-api.ts';
import { Guard } from './guard.ts';
import { listen } from './listening.ts';
import type { GulpOptions } from './options.ts';
import { createPostSlots } from './post-slots.ts';
import { Reporter } from './reporter.ts';
import { shippingOf } from './shipping.ts';
import { healthOf } from './task-health.ts';
import { readKept } from './task-record.ts';
import { Tasks } from './tasks.ts';

/** Makes the bridge of one Gulp server. */
export function createGulpHost(options: GulpOptions, context: HostContext): Host {
  return new GulpHost(options, context);
}

/** A bridge of Gulp: known to the server, listening for its calls, with a delivery for each task that runs. */
class GulpHost implements Host {
  private readonly options: GulpOptions;
  private readonly context: HostContext;
  private readonly client: Client;
  private readonly tasks: Tasks;
  private readonly reporter: Reporter;
  private readonly api: ControlApi;
  private readonly identity: BridgeIdentity | undefined;
  private readonly acquaintance: Acquaintance | undefined;
  private readonly closing = new AbortController();
  private readonly attempts: Attempts;
  private readonly work: Promise<void>[] = [];

  constructor(options: GulpOptions, context: HostContext) {
    this.options = options;
    this.context = context;
    const { log } = context;
    const guard = new Guard();
    const kept = readKept(context.kept);
    const client = (this.client = new Client(options, log));
    this.attempts = new Attempts({ destination: client.destination, log, signal: this.closing.signal });
    const tools = { client, slots: createPostSlots() };
    const tasks = (this.tasks = new Tasks({
      options,
      context,
      kept,
      shippingOf: (operation) => shippingOf(options, tools, operation),
      changed: (record) => {
        this.reporter.changed(record);
      },
    }));
    this.reporter = new Reporter({
      client,
      log,
      views: () => tasks.views,
      gone: (record) => tasks.drop(record),
      saved: () => tasks.save(),
    });
    const identity = (this.identity = identityOf(options));
    this.acquaintance =
      identity &&
      new Acquaintance({
        ...{ identity, server: options.url_server, client, kept },
        ...{ tasks, guard, reporter: this.reporter, log },
      });
    this.api = new ControlApi({
      guard,
      tls: options,
      prefix: identity === undefined ? '' : new URL(identity.url).pathname.replace(/\/$/, ''),
      log,
      start: (request) => tasks.start(request),
      stop: (id) => tasks.stop(id),
      health: () => healthOf(tasks.views),
    });
  }

  get trouble(): string | undefined {
    return this.attempts.trouble;
  }

  async resume(): Promise<void> {
    this.acquaintance?.recall();
    await this.tasks.resume();
  }

  open(): void {
    const { attempts, identity, acquaintance } = this;
    const { signal } = this.closing;
    if (identity === undefined || acquaintance === undefined) {
      this.work.push(this.keepAlive(signal));
      return;
    }
    this.work.push(
      attempts.until('listen', () => this.listen(identity)),
      attempts
        .until('register', () => acquaintance.begin(signal))
        .then(async () => {
          await Promise.all([this.reporter.run(signal), this.keepAlive(signal), acquaintance.last(attempts, signal)]);
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

  private async listen(identity: BridgeIdentity): Promise<void> {
    await listen(this.api, this.options, { identity, log: this.context.log });
    if (this.closing.signal.aborted) await this.api.close();
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
}

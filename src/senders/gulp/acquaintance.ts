import { pause } from '../../backoff.ts';
import { messageOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import type { Attempts } from './attempts.ts';
import type { BridgeIdentity } from './bridge-address.ts';
import type { Client } from './client.ts';
import type { Guard } from './guard.ts';
import { listTasks, register, type RemoteTask } from './registration.ts';
import type { Reporter } from './reporter.ts';
import type { Kept, TaskRecord } from './task-record.ts';
import type { Tasks } from './tasks.ts';

export interface AcquaintanceOptions {
  readonly identity: BridgeIdentity;
  /** The address of the server, as it is configured. */
  readonly server: string;
  readonly client: Client;
  readonly kept: Kept;
  readonly tasks: Tasks;
  readonly guard: Guard;
  readonly reporter: Reporter;
  readonly log: SenderContext['log'];
}

/** So often it is looked whether Gulp still knows this bridge: nobody tells it when it was unregistered. */
const REGISTRATION_CHECK_MS = 300_000;

/** Sees to it that Gulp knows this bridge, and that both agree about its tasks. */
export class Acquaintance {
  private readonly options: AcquaintanceOptions;

  constructor(options: AcquaintanceOptions) {
    this.options = options;
  }

  /** The token of the last time is good already before Gulp can be asked. */
  recall(): void {
    const { kept, identity, server, guard } = this.options;
    const { registration } = kept;
    const isOurs =
      registration?.url === identity.url && registration.name === identity.name && registration.server === server;
    if (isOurs) guard.digest = registration.token_sha256;
  }

  /** Makes the bridge known, and settles what was missed meanwhile. */
  async begin(signal: AbortSignal): Promise<void> {
    const { client, kept } = this.options;
    if (await this.introduce(signal)) return;
    await this.reconcile(await listTasks(client, kept.registration!.bridge_id, signal), signal);
  }

  /** Makes it known again whenever it is not. */
  async last(attempts: Attempts, signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      await pause(REGISTRATION_CHECK_MS, signal);
      await attempts.until('register', async () => {
        await this.introduce(signal);
      });
    }
  }

  /** True when Gulp had not known it, or not any more. */
  private async introduce(signal: AbortSignal): Promise<boolean> {
    const { identity, server, client, kept, tasks, guard, log } = this.options;
    const before = kept.registration;
    const records = tasks.records.filter(({ is_static }) => !is_static);
    const announce = (digest: string): void => {
      guard.nextDigest = digest;
    };
    const { registration, isNew } = await register(client, identity, { server, log, announce }, signal);
    kept.registration = registration;
    await tasks.save();
    guard.digest = registration.token_sha256;
    guard.nextDigest = undefined;
    if (before !== undefined && before.token_sha256 !== registration.token_sha256 && !isNew)
      log.warn('Gulp calls us by another token than before; it is taken over.');
    if (isNew) await this.dropAll(records);
    return isNew;
  }

  /** Those from before it was made known: one that Gulp has started since is none of them. */
  private async dropAll(records: readonly TaskRecord[]): Promise<void> {
    const { tasks, log } = this.options;
    for (const record of records) {
      log.warn(`Gulp did not know this bridge any more, and so not its task ${record.id}: that has ended.`);
      await tasks.drop(record);
    }
  }

  /** What Gulp and the state file disagree about: one of them was lost, or we were not there when something happened. */
  private async reconcile(remote: readonly RemoteTask[], signal: AbortSignal): Promise<void> {
    const { tasks, reporter, log } = this.options;
    const statuses = new Map(remote.map(({ id, status }) => [id, status]));
    for (const record of tasks.records.filter(({ is_static }) => !is_static)) {
      if (record.status === 'ongoing') await reporter.ensure(record, signal);
      else if (statuses.has(record.id) && statuses.get(record.id) !== record.status) record.reported = '';
    }
    const known = new Set(tasks.records.map(({ id }) => id));
    for (const task of remote) {
      if (known.has(task.id) || task.status !== 'ongoing') continue;
      log.warn(
        `the task ${task.id} runs by what Gulp says, and the state file has it not: it begins where it was created.`,
      );
      await tasks.adopt({ ...task, bridge_task_id: task.id }, task.createdMs * 1000).catch((error: unknown) => {
        log.error(`the task ${task.id} cannot be taken up: ${messageOf(error)}.`);
      });
    }
  }
}

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { pause } from '../../backoff.ts';
import { messageOf } from '../../errors.ts';
import type { DeliveryPlan, DeliveryStanding, HostContext, HostedDelivery } from '../host.ts';
import type { Refusal } from './answer.ts';
import { normalId } from './document.ts';
import type { GulpOptions } from './options.ts';
import { MAX_WAITING, type ShippingOptions } from './shipment.ts';
import { narrowingOf, planTask, type StartRequest } from './task-plan.ts';
import { ParameterError } from './task-parameters.ts';
import type { Kept, TaskRecord, TaskStatus } from './task-record.ts';
import { createTaskSender } from './task-sender.ts';

export interface TasksOptions {
  readonly options: GulpOptions;
  readonly context: HostContext;
  readonly kept: Kept;
  readonly shippingOf: (operation: {
    readonly operationId: string;
    readonly pluginParams?: unknown;
  }) => ShippingOptions;
  /** A task has come to an end, or begun. */
  readonly changed: (record: TaskRecord) => void;
}

/** A task and how it stands; without a delivery it does not run. */
export interface TaskView {
  readonly record: TaskRecord;
  readonly standing: DeliveryStanding | undefined;
}

interface Running {
  readonly record: TaskRecord;
  readonly delivery: HostedDelivery;
  readonly flushing: AbortController;
}

const MAX_RUNNING = 200;
const KEPT_FINISHED = 100;
/** What was logged before a stop may take so long to be read. */
const STOP_GRACE_MS = 500;
/** One task alone may have much on its way; many together must not fill the memory. */
const BATCH_BYTES = [8, 2, 1] as const;
const MIB = 1024 * 1024;

/** The tasks of a bridge: each one a delivery while it runs, and a record in the state file. */
export class Tasks {
  private readonly parts: TasksOptions;
  private readonly running = new Map<string, Running>();
  /** What is done with one task is done one after the other. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private isOver = false;

  constructor(parts: TasksOptions) {
    this.parts = parts;
  }

  get records(): TaskRecord[] {
    return Object.values(this.parts.kept.tasks);
  }

  get views(): TaskView[] {
    return this.records.map((record) => ({ record, standing: this.running.get(record.id)?.delivery.standing() }));
  }

  /** Begins what ran when the last process ended, and the tasks of the config. */
  async resume(): Promise<void> {
    const { kept, options, context } = this.parts;
    const wanted = new Map(options.tasks.map((task) => [staticId(task), task]));
    for (const record of this.records) {
      const isDropped = record.is_static && !wanted.has(record.id);
      if (isDropped) this.forget(record);
      else if (record.status === 'ongoing' || record.status === 'stopping') this.goOn(record);
    }
    for (const [id, { operation_id, custom_parameters }] of wanted) {
      if (Object.hasOwn(kept.tasks, id)) continue;
      const request = { bridge_id: '', bridge_task_id: id, operation_id, plugin_params: { custom_parameters } };
      try {
        const record: TaskRecord = { ...(await planTask(request, options, context)), is_static: true };
        kept.tasks[id] = record;
        this.begin(record);
      } catch (error) {
        context.log.error(`the task for ${JSON.stringify(operation_id)} cannot be started: ${messageOf(error)}.`);
      }
    }
  }

  /** Starts a task, or goes on with one that has ended; nothing for one that runs. Throws ParameterError. */
  start(request: StartRequest): Promise<'started' | 'running'> {
    return this.inTurn(request.bridge_task_id, async () => {
      const { kept, options, context } = this.parts;
      const id = request.bridge_task_id;
      const known = Object.hasOwn(kept.tasks, id) ? kept.tasks[id] : undefined;
      if (known !== undefined && known.operation_id !== normalId(request.operation_id))
        throw new ParameterError('the task is known, and belongs to another operation');
      if (known?.status === 'ongoing' && this.running.has(id)) return 'running';
      if (this.running.size >= MAX_RUNNING) throw new ParameterError(`${MAX_RUNNING} tasks run on this host already`);
      const record = await planTask(request, options, context);
      await this.interrupt(id);
      // What came to its end is meant to be brought once more: Gulp leaves out what it has. The place of one selection is none in another.
      const isSame = isDeepStrictEqual(known?.plugin_params, record.plugin_params);
      if (!isSame || known?.status === 'done') context.forget(id);
      // Gulp keeps an old error until it is told that there is none.
      const next = { ...record, created: known?.created ?? record.created, reported: known?.error ?? '' };
      this.begin(next);
      kept.tasks[id] = next;
      this.prune();
      await this.save();
      this.parts.changed(next);
      return 'started';
    });
  }

  /** Stops a task: what was read is sent after this has resolved. Nothing for one that does not run. */
  stop(id: string): Promise<void> {
    return this.inTurn(id, async () => {
      const running = this.running.get(id);
      if (running?.record.status !== 'ongoing' || running.record.is_static) return;
      running.record.until_us = Date.now() * 1000;
      await this.become(running.record, 'stopping', '');
      void this.finish(running);
    });
  }

  /** A task that is known from Gulp only: it goes on from when it was created. */
  async adopt(request: StartRequest, sinceUs: number): Promise<void> {
    await this.inTurn(request.bridge_task_id, async () => {
      const { kept, options, context } = this.parts;
      const id = request.bridge_task_id;
      if (Object.hasOwn(kept.tasks, id)) return;
      const planned = await planTask(request, options, context);
      const record = { ...planned, since_us: Math.min(planned.since_us, sinceUs) };
      this.begin(record);
      kept.tasks[id] = record;
      await this.save();
    });
  }

  /** Gulp has it no more. */
  async drop(record: TaskRecord): Promise<void> {
    await this.inTurn(record.id, async () => {
      if (this.parts.kept.tasks[record.id] !== record) return;
      await this.interrupt(record.id);
      this.forget(record);
      await this.save();
    });
  }

  /** What was sent is told to Gulp: kept with the next save. */
  async save(): Promise<void> {
    await this.parts.context.keep(this.parts.kept);
  }

  /** No task comes any more; those that are there end with the reader. */
  close(): void {
    this.isOver = true;
    for (const { flushing } of this.running.values()) flushing.abort();
  }

  /** With one that was begun before. */
  private goOn(record: TaskRecord): void {
    try {
      this.begin(record);
    } catch (error) {
      // A fault of one task is none of the others.
      this.parts.context.log.error(`the task ${record.id} cannot go on: ${messageOf(error)}.`);
      Object.assign(record, { status: 'failed', error: 'this version cannot use its parameters' });
    }
  }

  private begin(record: TaskRecord): void {
    const { context, shippingOf } = this.parts;
    const shipping = shippingOf({ operationId: record.operation_id, pluginParams: record.plugin_params });
    const plan: DeliveryPlan = {
      name: record.id,
      ...narrowingOf(record, this.parts.options),
      startUs: record.since_us,
      limits: this.limits(),
      marks: { GULP_OPERATION_ID: record.operation_id },
      create: () =>
        Promise.resolve(
          createTaskSender({
            ...shipping,
            ...(!record.is_static && {
              refused: (refusal: Refusal) => {
                void this.fail(record, refusal.message, refusal.kind === 'operation');
              },
            }),
          }),
        ),
    };
    const running: Running = { record, delivery: context.add(plan), flushing: new AbortController() };
    this.running.set(record.id, running);
    this.describe(record);
    void running.delivery.ended.then((failure) => this.hasEnded(running, failure));
  }

  private limits(): DeliveryPlan['limits'] {
    const { batch_size: size } = this.parts.options;
    const batchMaxBytes = (BATCH_BYTES[this.running.size] ?? 0.5) * MIB;
    const batchMaxEntries = size * MAX_WAITING;
    return {
      batchMaxBytes,
      batchMaxEntries,
      maxBytes: Math.ceil(batchMaxBytes * 1.25),
      maxEntries: batchMaxEntries * 2,
    };
  }

  private async hasEnded(running: Running, failure: string | undefined): Promise<void> {
    await this.inTurn(running.record.id, async () => {
      if (this.running.get(running.record.id) !== running || this.isOver) return;
      await this.leave(running);
      if (failure !== undefined) await this.become(running.record, 'failed', 'the journal cannot be read to its end');
      else if (this.goesOn(running.record)) return;
      else await this.become(running.record, running.record.status === 'stopping' ? 'stopped' : 'done', '');
    });
  }

  /** Without `follow` everything ends with what is there now; the next process goes on with what has no end, or a later one. */
  private goesOn({ status, until_us: untilUs }: TaskRecord): boolean {
    return status === 'ongoing' && !this.parts.context.follow && (untilUs ?? Infinity) > Date.now() * 1000;
  }

  private async fail(record: TaskRecord, reason: string, isGone: boolean): Promise<void> {
    await this.inTurn(record.id, async () => {
      const running = this.running.get(record.id);
      if (running?.record !== record || this.isOver) return;
      this.parts.context.log.error(`the task for ${JSON.stringify(record.operation_id)} has failed: ${reason}.`);
      await this.leave(running);
      // The documents are gone with their operation: should it come again, all is to be sent again.
      if (isGone) this.parts.context.forget(record.id);
      await this.become(record, 'failed', reason);
    });
  }

  private async finish(running: Running): Promise<void> {
    const { signal } = running.flushing;
    await pause(STOP_GRACE_MS, signal);
    if (!signal.aborted) await running.delivery.flush(signal);
    if (signal.aborted) return;
    await this.hasEnded(running, undefined);
  }

  /** Ends what is left of a run before. */
  private async interrupt(id: string): Promise<void> {
    const running = this.running.get(id);
    if (running === undefined) return;
    running.flushing.abort();
    await this.leave(running);
  }

  private async leave(running: Running): Promise<void> {
    this.running.delete(running.record.id);
    await running.delivery.remove();
  }

  private async become(record: TaskRecord, status: TaskStatus, error: string): Promise<void> {
    Object.assign(record, { status, error, updated: new Date().toISOString() });
    this.describe(record);
    await this.save();
    this.parts.changed(record);
  }

  private describe({ id, operation_id, status, error }: TaskRecord): void {
    this.parts.context.describe(id, { operation: operation_id, task: status, ...(error !== '' && { error }) });
  }

  private forget(record: TaskRecord): void {
    Reflect.deleteProperty(this.parts.kept.tasks, record.id);
    this.parts.context.forget(record.id);
  }

  /** Tasks that are over and told are remembered for a while only. */
  private prune(): void {
    const over = this.records.filter(({ id, is_static }) => !is_static && !this.running.has(id));
    over.sort((a, b) => a.updated.localeCompare(b.updated));
    for (const record of over.slice(0, -KEPT_FINISHED)) this.forget(record);
  }

  private inTurn<T>(id: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(id) ?? Promise.resolve()).then(action);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(id, settled);
    void settled.then(() => {
      if (this.turns.get(id) === settled) this.turns.delete(id);
    });
    return turn;
  }
}

function staticId(task: GulpOptions['tasks'][number]): string {
  return `static-${createHash('sha1').update(JSON.stringify(task)).digest('hex').slice(0, 16)}`;
}

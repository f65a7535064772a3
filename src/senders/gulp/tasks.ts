import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../errors.ts';
import type { DeliveryStanding } from '../host.ts';
import { normalId } from './document.ts';
import { ControlError } from './control-request.ts';
import { customParametersOf, staticId } from './static-task.ts';
import { TaskBook } from './task-book.ts';
import { planTask, type StartRequest } from './task-plan.ts';
import { ParameterError } from './task-parameters.ts';
import type { Kept, TaskRecord } from './task-record.ts';
import { TaskRuns, type TaskRunsOptions } from './task-runs.ts';
import { Turns } from './turns.ts';

export interface TasksOptions extends TaskRunsOptions {
  readonly kept: Kept;
  /** A task has come to an end, or begun. */
  readonly changed: (record: TaskRecord) => void;
}

/** A task and how it stands, or stood when it ran last. */
export interface TaskView {
  readonly record: TaskRecord;
  readonly isRunning: boolean;
  readonly standing: DeliveryStanding | undefined;
}

const MAX_RUNNING = 200;

/** The tasks of a bridge: each one a delivery while it runs, and a record in the state file. */
export class Tasks {
  private readonly parts: TasksOptions;
  private readonly turns = new Turns();
  private readonly book: TaskBook;
  private readonly runs: TaskRuns;

  constructor(parts: TasksOptions) {
    this.parts = parts;
    this.book = new TaskBook(parts);
    this.runs = new TaskRuns(parts, this.book, this.turns);
  }

  get records(): TaskRecord[] {
    return this.book.records;
  }

  get views(): TaskView[] {
    return this.records.map((record) => {
      const { id } = record;
      const standing = this.runs.standingOf(id) ?? this.parts.context.pastOf(id);
      return { record, isRunning: this.runs.has(id), standing };
    });
  }

  /** Begins what ran when the last process ended, and the tasks of the config. */
  async resume(): Promise<void> {
    const { options, context } = this.parts;
    const wanted = new Map(options.tasks.map((task) => [staticId(task), task]));
    const hadTasks = this.records.length > 0;
    for (const record of this.records) {
      const isDropped = record.is_static && !wanted.has(record.id);
      if (isDropped) this.book.forget(record);
      else if (record.status === 'ongoing' || record.status === 'stopping') this.goOn(record);
    }
    for (const [id, task] of wanted) {
      if (this.book.find(id) !== undefined) continue;
      const { operation_id } = task;
      const custom_parameters = customParametersOf(task);
      const request = { bridge_id: '', bridge_task_id: id, operation_id, plugin_params: { custom_parameters } };
      try {
        this.begin({ ...(await planTask(request, options, context)), is_static: true });
      } catch (error) {
        context.log.error(`the task for ${JSON.stringify(operation_id)} cannot be started: ${messageOf(error)}.`);
      }
    }
    // A time like "-1h" is found out once: a restart would find another one, and leave a gap.
    if (hadTasks || this.records.length > 0) await this.save();
  }

  /** Starts a task, or goes on with one that has ended; nothing for one that runs. Throws ParameterError, and ControlError when it cannot be saved. */
  start(request: StartRequest): Promise<'started' | 'running'> {
    const id = request.bridge_task_id;
    return this.turns.take(id, async () => {
      const known = this.book.find(id);
      if (known !== undefined && known.operation_id !== normalId(request.operation_id))
        throw new ParameterError('the task is known, and belongs to another operation');
      if (known?.status === 'ongoing' && this.runs.has(id)) return 'running';
      if (this.runs.size >= MAX_RUNNING) throw new ParameterError(`${MAX_RUNNING} tasks run on this host already`);
      const { options, context } = this.parts;
      const record = await planTask(request, options, context);
      await this.runs.interrupt(id);
      if (!goesOnFrom(known, record)) context.forget(id);
      // Gulp keeps an old error until it is told that there is none.
      const next = { ...record, created: known?.created ?? record.created, reported: known?.error ?? '' };
      this.begin(next);
      if (!(await this.book.save())) await this.refuseUnsaved(next, known);
      this.book.prune((each) => this.runs.has(each));
      this.parts.changed(next);
      return 'started';
    });
  }

  /** Stops a task: what was read is sent after this has resolved. Nothing for one that does not run. */
  stop(id: string): Promise<void> {
    return this.turns.take(id, async () => {
      const record = this.runs.recordOf(id);
      if (record?.status !== 'ongoing' || record.is_static) return;
      record.until_us = Date.now() * 1000;
      await this.book.become(record, 'stopping');
      void this.runs.finish(id);
    });
  }

  /** A task that is known from Gulp only: it goes on from when it was created. */
  async adopt(request: StartRequest, sinceUs: number): Promise<void> {
    await this.turns.take(request.bridge_task_id, async () => {
      const { options, context } = this.parts;
      if (this.book.find(request.bridge_task_id) !== undefined) return;
      const planned = await planTask(request, options, context);
      this.begin({ ...planned, since_us: Math.min(planned.since_us, sinceUs) });
      await this.save();
    });
  }

  /** Gulp has it no more. */
  async drop(record: TaskRecord): Promise<void> {
    await this.turns.take(record.id, async () => {
      if (this.book.find(record.id) !== record) return;
      await this.runs.interrupt(record.id);
      this.book.forget(record);
      await this.save();
    });
  }

  /** On the disk when this resolves, with what Gulp was told. */
  async save(): Promise<void> {
    await this.book.save();
  }

  /** No task comes any more; those that are there end with the reader. */
  close(): void {
    this.runs.close();
  }

  /** After a crash nobody would know of it, and Gulp would wait for it in vain. */
  private async refuseUnsaved(record: TaskRecord, known: TaskRecord | undefined): Promise<never> {
    await this.runs.interrupt(record.id);
    this.book.takeBack(record, known);
    if (known?.status === 'stopping') {
      this.begin(known);
      void this.runs.finish(known.id);
    }
    throw new ControlError(503, 'not started: the bridge cannot save its state; see its log, and start the task again');
  }

  private begin(record: TaskRecord): void {
    this.runs.begin(record);
    this.book.enter(record);
  }

  /** With one that was begun before: a fault of one task is none of the others. */
  private goOn(record: TaskRecord): void {
    try {
      this.begin(record);
    } catch (error) {
      this.parts.context.log.error(`the task ${record.id} cannot go on: ${messageOf(error)}.`);
      this.book.mark(record, 'failed', 'its parameters cannot be used');
    }
  }
}

/**
 * Whether a task that is started again goes on where it was. What came to its end is meant to be brought once more, as Gulp
 * leaves out what it has; and a place in one selection is none in another.
 */
function goesOnFrom(known: TaskRecord | undefined, { plugin_params }: TaskRecord): boolean {
  return known !== undefined && known.status !== 'done' && isDeepStrictEqual(known.plugin_params, plugin_params);
}

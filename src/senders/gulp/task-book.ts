import type { HostContext } from '../host.ts';
import type { Kept, TaskRecord, TaskStatus } from './task-record.ts';

export interface TaskBookOptions {
  readonly kept: Kept;
  readonly context: Pick<HostContext, 'keep' | 'forget' | 'describe'>;
  /** A task has come to an end, or begun. */
  readonly changed: (record: TaskRecord) => void;
}

const KEPT_FINISHED = 100;

/** The tasks of a bridge as the state file has them. */
export class TaskBook {
  private readonly options: TaskBookOptions;

  constructor(options: TaskBookOptions) {
    this.options = options;
  }

  get records(): TaskRecord[] {
    return Object.values(this.options.kept.tasks);
  }

  find(id: string): TaskRecord | undefined {
    const { tasks } = this.options.kept;
    return Object.hasOwn(tasks, id) ? tasks[id] : undefined;
  }

  /** Takes in a task, or what it is from now on. */
  enter(record: TaskRecord): void {
    this.options.kept.tasks[record.id] = record;
    this.describe(record);
  }

  /** On the disk, and told, when this resolves. */
  async become(record: TaskRecord, status: TaskStatus, error = ''): Promise<void> {
    this.mark(record, status, error);
    await this.save();
    this.options.changed(record);
  }

  /** Kept with the next save. */
  mark(record: TaskRecord, status: TaskStatus, error: string): void {
    Object.assign(record, { status, error, updated: new Date().toISOString() });
    this.describe(record);
  }

  /** It was never there: what was known before is. */
  takeBack(record: TaskRecord, known: TaskRecord | undefined): void {
    if (known === undefined) this.forget(record);
    else this.enter(known);
  }

  /** With its place in the journal. */
  forget(record: TaskRecord): void {
    Reflect.deleteProperty(this.options.kept.tasks, record.id);
    this.options.context.forget(record.id);
  }

  /** Tasks that are over are remembered for a while only. */
  prune(isRunning: (id: string) => boolean): void {
    const over = this.records.filter(({ id, is_static }) => !is_static && !isRunning(id));
    over.sort((a, b) => a.updated.localeCompare(b.updated));
    for (const record of over.slice(0, -KEPT_FINISHED)) this.forget(record);
  }

  /** Whether it is on the disk. */
  save(): Promise<boolean> {
    return this.options.context.keep(this.options.kept);
  }

  private describe({ id, operation_id, status, error }: TaskRecord): void {
    this.options.context.describe(id, { operation: operation_id, task: status, ...(error !== '' && { error }) });
  }
}

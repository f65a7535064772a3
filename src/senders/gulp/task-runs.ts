import { pause } from '../../backoff.ts';
import type { DeliveryStanding, HostContext, HostedDelivery } from '../host.ts';
import type { GulpOptions } from './options.ts';
import type { ShippingOptions } from './shipment.ts';
import type { TaskBook } from './task-book.ts';
import { deliveryOf } from './task-delivery.ts';
import type { TaskRecord } from './task-record.ts';
import type { Turns } from './turns.ts';

export interface TaskRunsOptions {
  readonly options: GulpOptions;
  readonly context: HostContext;
  readonly shippingOf: (operation: {
    readonly operationId: string;
    readonly pluginParams?: unknown;
  }) => ShippingOptions;
}

interface Run {
  readonly record: TaskRecord;
  readonly delivery: HostedDelivery;
  readonly flushing: AbortController;
}

/** What was logged before a stop may take so long to be read. */
const STOP_GRACE_MS = 500;

/** The deliveries of the tasks that run, until each has come to its end. */
export class TaskRuns {
  private readonly options: TaskRunsOptions;
  private readonly book: TaskBook;
  private readonly turns: Turns;
  private readonly runs = new Map<string, Run>();
  private isOver = false;

  constructor(options: TaskRunsOptions, book: TaskBook, turns: Turns) {
    this.options = options;
    this.book = book;
    this.turns = turns;
  }

  get size(): number {
    return this.runs.size;
  }

  has(id: string): boolean {
    return this.runs.has(id);
  }

  recordOf(id: string): TaskRecord | undefined {
    return this.runs.get(id)?.record;
  }

  standingOf(id: string): DeliveryStanding | undefined {
    return this.runs.get(id)?.delivery.standing();
  }

  /** Throws when the task's parameters cannot be used. */
  begin(record: TaskRecord): void {
    const { context, options, shippingOf } = this.options;
    const plan = deliveryOf(
      {
        record,
        shipping: shippingOf({ operationId: record.operation_id, pluginParams: record.plugin_params }),
        running: () => this.runs.size,
        refused: ({ message, kind }) => void this.fail(record, message, kind === 'operation'),
      },
      options,
    );
    const run: Run = { record, delivery: context.add(plan), flushing: new AbortController() };
    this.runs.set(record.id, run);
    void run.delivery.ended.then((failure) => this.hasEnded(run, failure));
  }

  /** Sends what was read, and is stopped then. */
  async finish(id: string): Promise<void> {
    const run = this.runs.get(id);
    if (run === undefined) return;
    const { signal } = run.flushing;
    await pause(STOP_GRACE_MS, signal);
    if (!signal.aborted) await run.delivery.flush(signal);
    if (!signal.aborted) await this.hasEnded(run, undefined);
  }

  /** Ends at once, in the middle of a batch if need be. */
  async interrupt(id: string): Promise<void> {
    const run = this.runs.get(id);
    if (run === undefined) return;
    run.flushing.abort();
    await this.leave(run);
  }

  /** From now on they end with the reader. */
  close(): void {
    this.isOver = true;
    for (const { flushing } of this.runs.values()) flushing.abort();
  }

  private async hasEnded(run: Run, failure: string | undefined): Promise<void> {
    const { record } = run;
    await this.turns.take(record.id, async () => {
      if (this.runs.get(record.id) !== run || this.isOver) return;
      await this.leave(run);
      if (failure !== undefined) await this.book.become(record, 'failed', 'the journal cannot be read to its end');
      else if (!this.goesOn(record)) await this.book.become(record, record.status === 'stopping' ? 'stopped' : 'done');
    });
  }

  /** Without `follow` everything ends with what is there now; the next process goes on with what has no end, or a later one. */
  private goesOn({ status, until_us: untilUs }: TaskRecord): boolean {
    return status === 'ongoing' && !this.options.context.follow && (untilUs ?? Infinity) > Date.now() * 1000;
  }

  private async fail(record: TaskRecord, reason: string, isGone: boolean): Promise<void> {
    const { context } = this.options;
    await this.turns.take(record.id, async () => {
      const run = this.runs.get(record.id);
      if (run?.record !== record || this.isOver) return;
      context.log.error(`the task for ${JSON.stringify(record.operation_id)} has failed: ${reason}.`);
      await this.leave(run);
      // The documents are gone with their operation: should it come again, all is to be sent again.
      if (isGone) context.forget(record.id);
      await this.book.become(record, 'failed', reason);
    });
  }

  private async leave(run: Run): Promise<void> {
    this.runs.delete(run.record.id);
    await run.delivery.remove();
  }
}

import { Backoff, pause } from '../../backoff.ts';
import { messageOf } from '../../errors.ts';
import type { SenderContext } from '../sender.ts';
import { fieldsOf, Refusal } from './answer.ts';
import type { Client } from './client.ts';
import type { TaskView } from './tasks.ts';
import type { TaskRecord } from './task-record.ts';

export interface ReporterOptions {
  readonly client: Client;
  readonly log: SenderContext['log'];
  readonly views: () => readonly TaskView[];
  /** Gulp does not know this task any more. */
  readonly gone: (record: TaskRecord) => Promise<void>;
  readonly saved: () => Promise<void>;
}

/** Gulp writes a status of its own once it has our answer; ours must come after that, or it is overwritten. */
const AFTER_ANSWER_MS = 1500;
/** So long after a report it is looked whether it has stayed. */
const CONFIRM_MS = 2500;
/** Somebody has to act before we may tell: asked again at growing intervals. */
const NOT_GRANTED_MS = { first: 5000, longest: 600_000 };
const LOOK_MS = 5000;
const BACKOFF = { baseMs: 500, maxMs: 60_000 };
const MAX_ERROR_LENGTH = 300;
const FINAL = new Set(['stopped', 'failed', 'done']);

/** Tells Gulp how each task stands, in the right order around what Gulp itself writes, until Gulp shows it. */
export class Reporter {
  private readonly options: ReporterOptions;
  private readonly notBefore = new Map<string, number>();
  private readonly toConfirm = new Map<string, number>();
  private readonly refusedMs = new Map<string, number>();
  private readonly toldTroubles = new Map<string, string>();
  private wake: () => void = () => undefined;

  constructor(options: ReporterOptions) {
    this.options = options;
  }

  /** Something has changed, or an answer to Gulp is on its way: it is told, a little later. */
  changed({ id }: TaskRecord): void {
    this.notBefore.set(id, performance.now() + AFTER_ANSWER_MS);
    this.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(BACKOFF);
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      try {
        await this.pass(signal);
        backoff.reset();
        await this.rest(signal);
      } catch (error) {
        if (isOver()) return;
        this.options.log.warn(`cannot tell Gulp how its tasks stand: ${messageOf(error)}; trying again.`, 'report');
        await pause(500 + backoff.nextMs(), signal);
      }
    }
  }

  private async pass(signal: AbortSignal): Promise<void> {
    for (const { record, standing } of this.options.views()) {
      if (record.is_static || !this.isDue(record.id)) continue;
      if (FINAL.has(record.status) && record.reported !== record.status) await this.tellEnd(record, signal);
      else if (record.status === 'ongoing') await this.tellTrouble(record, standing?.trouble ?? '', signal);
    }
    await this.confirm(signal);
  }

  private isDue(id: string): boolean {
    return (this.notBefore.get(id) ?? 0) <= performance.now();
  }

  private async tellEnd(record: TaskRecord, signal: AbortSignal): Promise<void> {
    const { status, error } = record;
    if (!(await this.tell(record, status, error, signal))) return;
    this.notBefore.delete(record.id);
    this.toldTroubles.delete(record.id);
    if (record.status !== status) return;
    record.reported = status;
    this.toConfirm.set(record.id, performance.now() + CONFIRM_MS);
    await this.options.saved();
  }

  /** What holds up a task that runs is to be seen in Gulp, too, and to be seen no more when it is over. */
  private async tellTrouble(record: TaskRecord, trouble: string, signal: AbortSignal): Promise<void> {
    if ((this.toldTroubles.get(record.id) ?? record.reported) === trouble) return;
    if (await this.tell(record, 'ongoing', trouble, signal)) this.toldTroubles.set(record.id, trouble);
  }

  /** False when Gulp does not know it. */
  private async tell(record: TaskRecord, status: string, error: string, signal: AbortSignal): Promise<boolean> {
    const json = { status, error: error.toWellFormed().slice(0, MAX_ERROR_LENGTH).toWellFormed() };
    const query = { bridge_task_id: record.id };
    try {
      await this.options.client.call({ method: 'POST', path: '/set_bridge_task_status', query, json }, signal);
      this.refusedMs.delete(record.id);
      return true;
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || (refusal.kind !== 'task' && refusal.kind !== 'permission')) throw refusal;
      if (refusal.kind === 'task') await this.options.gone(record);
      else {
        const waitMs = Math.min(
          2 * (this.refusedMs.get(record.id) ?? NOT_GRANTED_MS.first / 2),
          NOT_GRANTED_MS.longest,
        );
        this.refusedMs.set(record.id, waitMs);
        this.notBefore.set(record.id, performance.now() + waitMs);
        this.options.log.warn(
          `may not tell Gulp how the task ${record.id} stands, which somebody else has started; grant this bridge's user on it, ` +
            'or make that user an administrator.',
          'may not report',
        );
      }
      return false;
    }
  }

  /** Whether Gulp has the task still; it shows a list of the user's own only, and tasks belong to those who started them. */
  async ensure(record: TaskRecord, signal: AbortSignal): Promise<void> {
    await this.tell(record, 'ongoing', '', signal);
  }

  private async confirm(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const due = [...this.toConfirm].filter(([, ms]) => ms <= now).map(([id]) => id);
    if (due.length === 0) return;
    const statuses = await statusesInGulp(this.options.client, signal);
    for (const { record } of this.options.views()) {
      if (!due.includes(record.id)) continue;
      this.toConfirm.delete(record.id);
      const shown = statuses.get(record.id) ?? record.status;
      if (FINAL.has(record.status) && shown !== record.status) record.reported = '';
    }
    for (const id of due) this.toConfirm.delete(id);
  }

  /** Until there is something to do. */
  private async rest(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const open = this.options
      .views()
      .filter(({ record }) => FINAL.has(record.status) && record.reported !== record.status);
    const times = [...open.map(({ record }) => this.notBefore.get(record.id) ?? now), ...this.toConfirm.values()];
    const ms = Math.min(LOOK_MS, ...times.map((time) => Math.max(20, time - now)));
    const woken = new AbortController();
    this.wake = () => {
      woken.abort();
    };
    const stop = (): void => {
      woken.abort();
    };
    signal.addEventListener('abort', stop, { once: true });
    await pause(ms, woken.signal);
    signal.removeEventListener('abort', stop);
  }
}

async function statusesInGulp(client: Client, signal: AbortSignal): Promise<Map<string, unknown>> {
  const data = await client.call({ method: 'POST', path: '/list_ingestion_tasks', json: {} }, signal);
  const tasks = Array.isArray(data) ? data.map(fieldsOf) : [];
  return new Map(tasks.map(({ id, status }) => [String(id), status]));
}
